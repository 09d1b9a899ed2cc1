"""What holds from now on: every running clock has its name, every scope one open version."""

import django.db.models.functions.comparison
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("refunds", "0003_name_clocks"),
    ]

    operations = [
        migrations.AddConstraint(
            model_name='refundcase',
            constraint=models.CheckConstraint(condition=models.Q(('due_at', None), models.Q(('clock', ''), _negated=True), _connector='OR'), name='case_clock_has_its_name'),
        ),
        migrations.AddConstraint(
            model_name='refundpolicy',
            constraint=models.UniqueConstraint(django.db.models.functions.comparison.Coalesce('store', 0), models.F('channel'), models.F('kind'), django.db.models.functions.comparison.Coalesce('reason', 0), models.F('category'), models.F('stage'), condition=models.Q(('valid_until', None)), name='refund_policy_one_open_version'),
        ),
    ]
