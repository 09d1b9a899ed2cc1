"""Buyers' names become ciphertext: the columns."""

import backoffice.privacy.fields
from backoffice.privacy.migrating import SealedColumns
from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('backoffice', '0006_personal_data'),
        ('orders', '0004_numbered_versions'),
    ]

    operations = [
        SealedColumns([
        migrations.AlterField(
            model_name='buyer',
            name='name',
            field=backoffice.privacy.fields.PersonalTextField(blank=True, max_length=200, verbose_name='name'),
        ),
        migrations.AlterField(
            model_name='historicalbuyer',
            name='name',
            field=backoffice.privacy.fields.PersonalTextField(blank=True, max_length=200, verbose_name='name'),
        ),
    
        ])
    ]
