"""An exchange may be promised again after its replacement was cancelled: one live replacement a case."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('merchants', '0002_calendars'),
        ('refunds', '0004_clocks_and_versions'),
    ]

    operations = [
        migrations.AlterField(
            model_name='replacement',
            name='case',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='replacements', to='refunds.refundcase', verbose_name='refund case'),
        ),
        migrations.AddConstraint(
            model_name='replacement',
            constraint=models.CheckConstraint(condition=models.Q(('shipped_at', None), models.Q(models.Q(('carrier', ''), _negated=True), models.Q(('tracking', ''), _negated=True)), _connector='OR'), name='replacement_shipped_by_somebody'),
        ),
        migrations.AddConstraint(
            model_name='replacement',
            constraint=models.UniqueConstraint(models.F('case'), condition=models.Q(('cancelled_at', None)), name='replacement_one_live_per_case'),
        ),
    ]
