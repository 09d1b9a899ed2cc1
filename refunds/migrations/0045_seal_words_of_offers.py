"""What the store writes to a buyer with an offer becomes ciphertext: the columns."""

import backoffice.privacy.fields
from backoffice.privacy.migrating import SealedColumns
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("refunds", "0044_troubles_of_the_timer")]

    operations = [
        SealedColumns(
            [
                migrations.AlterField(
                    model_name=model,
                    name="words",
                    field=backoffice.privacy.fields.PersonalTextField(
                        max_length=500, verbose_name="words to the buyer"
                    ),
                )
                for model in ("offer", "historicaloffer")
            ]
        ),
    ]
