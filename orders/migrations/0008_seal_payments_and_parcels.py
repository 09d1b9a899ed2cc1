"""References of payments and numbers of parcels become ciphertext: the columns."""

import backoffice.privacy.fields
from backoffice.privacy.migrating import SealedColumns
from django.db import migrations

REFERENCE = {"max_length": 80, "verbose_name": "payment reference"}
TRACKING = {"blank": True, "max_length": 80, "verbose_name": "tracking number"}


def column(model, name, **options):
    field = backoffice.privacy.fields.PersonalTextField(**options)
    return migrations.AlterField(model_name=model, name=name, field=field)


class Migration(migrations.Migration):
    dependencies = [("orders", "0007_erasures")]

    operations = [
        SealedColumns(
            [
                column("historicalpayment", "reference", **REFERENCE),
                column("historicalshipment", "tracking", **TRACKING),
                column("payment", "reference", **REFERENCE),
                column("shipment", "tracking", **TRACKING),
            ]
        )
    ]
