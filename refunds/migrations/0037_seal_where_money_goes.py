"""Accounts, banks and parcels of buyers become ciphertext: the columns. Results no longer keep accounts."""

import backoffice.privacy.fields
from backoffice.privacy.migrating import SealedColumns
from django.db import migrations, models

COLUMNS = {
    "payout": {
        "destination": {
            "blank": True,
            "help_text": "The original payment's reference, or the buyer's account.",
            "max_length": 80,
            "verbose_name": "destination",
        },
        "bank_code": {
            "blank": True,
            "help_text": "BIC or CNAPS code.",
            "max_length": 14,
            "verbose_name": "bank code",
        },
    },
    "refundcase": {
        "return_tracking": {"blank": True, "max_length": 80, "verbose_name": "return waybill"}
    },
    "replacement": {
        "tracking": {"blank": True, "max_length": 80, "verbose_name": "tracking number"}
    },
}


def columns():
    for model, fields in COLUMNS.items():
        for name, options in fields.items():
            for kind in (model, f"historical{model}"):
                field = backoffice.privacy.fields.PersonalTextField(**options)
                yield migrations.AlterField(model_name=kind, name=name, field=field)


class Migration(migrations.Migration):
    dependencies = [("refunds", "0036_mail_notices")]

    operations = [
        SealedColumns(list(columns())),
        migrations.AddField(
            model_name="resultrow",
            name="elsewhere",
            field=models.BooleanField(
                default=False,
                help_text="The bank names another destination than the payout. Which one is not kept.",
                verbose_name="went somewhere else",
            ),
        ),
    ]
