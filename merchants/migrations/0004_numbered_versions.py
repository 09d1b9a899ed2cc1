"""Every version gets its number within the row, and a place for the role of its actor."""

from django.db import migrations

from backoffice.audit.version_columns import NumberVersions


class Migration(migrations.Migration):
    dependencies = [("merchants", "0003_calendar_rows_end")]

    operations = [
        NumberVersions(
            [
                "FormTemplate",
                "Question",
                "WorkingCalendar",
                "WorkingHours",
                "SpecialDay",
                "Merchant",
                "Store",
                "Supplier",
                "Assessment",
                "Answer",
                "Membership",
            ]
        )
    ]
