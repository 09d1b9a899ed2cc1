"""Every version gets its number within the row, and a place for the role of its actor."""

from django.db import migrations

from backoffice.audit.version_columns import NumberVersions


class Migration(migrations.Migration):
    dependencies = [("orders", "0003_quarantined_files")]

    operations = [
        NumberVersions(
            [
                "Buyer",
                "Order",
                "OrderLine",
                "Cancellation",
                "ImportProfile",
                "OrderImport",
                "Payment",
                "Shipment",
                "Stock",
            ]
        )
    ]
