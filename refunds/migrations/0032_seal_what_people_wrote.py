"""What people write about cases becomes ciphertext: the columns."""

import backoffice.privacy.fields
from backoffice.privacy.migrating import SealedColumns
from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('orders', '0006_seal_kept_names'),
        ('refunds', '0031_people_and_not_accounts'),
    ]

    operations = [
        SealedColumns([
        migrations.AlterField(
            model_name='complaint',
            name='answer',
            field=backoffice.privacy.fields.PersonalTextField(blank=True, max_length=500, verbose_name='answer'),
        ),
        migrations.AlterField(
            model_name='complaint',
            name='resolution',
            field=backoffice.privacy.fields.PersonalTextField(blank=True, max_length=500, verbose_name='resolution'),
        ),
        migrations.AlterField(
            model_name='complaint',
            name='words',
            field=backoffice.privacy.fields.PersonalTextField(max_length=500, verbose_name="in the buyer's words"),
        ),
        migrations.AlterField(
            model_name='dispute',
            name='claim',
            field=backoffice.privacy.fields.PersonalTextField(max_length=500, verbose_name="the buyer's claim"),
        ),
        migrations.AlterField(
            model_name='evidence',
            name='file_name',
            field=backoffice.privacy.fields.PersonalTextField(max_length=200, verbose_name='file name'),
        ),
        migrations.AlterField(
            model_name='evidence',
            name='note',
            field=backoffice.privacy.fields.PersonalTextField(blank=True, max_length=300, verbose_name='note'),
        ),
        migrations.AlterField(
            model_name='historicalcomplaint',
            name='answer',
            field=backoffice.privacy.fields.PersonalTextField(blank=True, max_length=500, verbose_name='answer'),
        ),
        migrations.AlterField(
            model_name='historicalcomplaint',
            name='resolution',
            field=backoffice.privacy.fields.PersonalTextField(blank=True, max_length=500, verbose_name='resolution'),
        ),
        migrations.AlterField(
            model_name='historicalcomplaint',
            name='words',
            field=backoffice.privacy.fields.PersonalTextField(max_length=500, verbose_name="in the buyer's words"),
        ),
        migrations.AlterField(
            model_name='historicaldispute',
            name='claim',
            field=backoffice.privacy.fields.PersonalTextField(max_length=500, verbose_name="the buyer's claim"),
        ),
        migrations.AlterField(
            model_name='historicalevidence',
            name='file_name',
            field=backoffice.privacy.fields.PersonalTextField(max_length=200, verbose_name='file name'),
        ),
        migrations.AlterField(
            model_name='historicalevidence',
            name='note',
            field=backoffice.privacy.fields.PersonalTextField(blank=True, max_length=300, verbose_name='note'),
        ),
        migrations.AlterField(
            model_name='historicalmessage',
            name='body',
            field=backoffice.privacy.fields.PersonalTextField(max_length=2000, verbose_name='text'),
        ),
        migrations.AlterField(
            model_name='historicalrefundcase',
            name='reason_text',
            field=backoffice.privacy.fields.PersonalTextField(blank=True, max_length=500, verbose_name="in the buyer's words"),
        ),
        migrations.AlterField(
            model_name='message',
            name='body',
            field=backoffice.privacy.fields.PersonalTextField(max_length=2000, verbose_name='text'),
        ),
        migrations.AlterField(
            model_name='refundcase',
            name='reason_text',
            field=backoffice.privacy.fields.PersonalTextField(blank=True, max_length=500, verbose_name="in the buyer's words"),
        ),
    
        ])
    ]
