"""Every version gets its number within the row, and a place for the role of its actor."""

from django.db import migrations

from backoffice.audit.version_columns import NumberVersions


class Migration(migrations.Migration):
    dependencies = [("backoffice", "0003_people_and_proofs")]

    operations = [
        NumberVersions(
            [
                "ExportRun",
            ]
        )
    ]
