from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('refunds', '0041_seal_kept_files'),
    ]

    operations = [
        migrations.AlterField(
            model_name='requestproblem',
            name='field',
            field=models.TextField(blank=True, verbose_name='field'),
        ),
        migrations.AlterField(
            model_name='requestproblem',
            name='message',
            field=models.TextField(verbose_name='message'),
        ),
        migrations.AlterField(
            model_name='resultproblem',
            name='field',
            field=models.TextField(blank=True, verbose_name='field'),
        ),
        migrations.AlterField(
            model_name='resultproblem',
            name='message',
            field=models.TextField(verbose_name='message'),
        ),
        migrations.AlterField(
            model_name='statementproblem',
            name='field',
            field=models.TextField(blank=True, verbose_name='field'),
        ),
        migrations.AlterField(
            model_name='statementproblem',
            name='message',
            field=models.TextField(verbose_name='message'),
        ),
    ]
