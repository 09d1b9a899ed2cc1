"""Working hours and special days can be switched off: audited rows are never deleted."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('merchants', '0002_calendars'),
    ]

    operations = [
        migrations.AddField(
            model_name=name,
            name='active',
            field=models.BooleanField(default=True, verbose_name='active'),
        )
        for name in (
            'workinghours', 'historicalworkinghours', 'specialday', 'historicalspecialday'
        )
    ]
