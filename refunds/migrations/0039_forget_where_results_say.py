"""Rows of results no longer keep where the bank says that money went."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("refunds", "0038_seal_kept_accounts")]

    operations = [migrations.RemoveField(model_name="resultrow", name="destination")]
