from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('orders', '0009_seal_kept_references'),
    ]

    operations = [
        migrations.AlterField(
            model_name='importproblem',
            name='field',
            field=models.TextField(blank=True, verbose_name='field'),
        ),
        migrations.AlterField(
            model_name='importproblem',
            name='message',
            field=models.TextField(verbose_name='message'),
        ),
    ]
