"""Names of account holders become ciphertext: the columns."""

import backoffice.privacy.fields
from backoffice.privacy.migrating import SealedColumns
from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('refunds', '0033_seal_kept_texts'),
    ]

    operations = [
        SealedColumns([
        migrations.AlterField(
            model_name='historicalpayout',
            name='payee',
            field=backoffice.privacy.fields.PersonalTextField(blank=True, max_length=70, verbose_name='account holder'),
        ),
        migrations.AlterField(
            model_name='payout',
            name='payee',
            field=backoffice.privacy.fields.PersonalTextField(blank=True, max_length=70, verbose_name='account holder'),
        ),
    
        ])
    ]
