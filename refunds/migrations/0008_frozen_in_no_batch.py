"""A payout that a dispute holds back is in no batch: the database says so too."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("refunds", "0007_policies_never_overlap")]

    operations = [
        migrations.AddConstraint(
            model_name="payout",
            constraint=models.CheckConstraint(
                condition=models.Q(("frozen", False), ("batch", None), _connector="OR"),
                name="payout_frozen_in_no_batch",
            ),
        ),
    ]
