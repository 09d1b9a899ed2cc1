from django.db import migrations
from django.db.models import OuterRef, Subquery


def fill(apps, schema_editor):
    """Each file was brought for a batch, whose store it is; its versions say so as well."""
    batches = apps.get_model("refunds", "RefundBatch").objects.filter(pk=OuterRef("batch_id"))
    for name in ("ResultImport", "HistoricalResultImport"):
        rows = apps.get_model("refunds", name).objects.filter(store=None)
        rows.update(store_id=Subquery(batches.values("store")[:1]))


class Migration(migrations.Migration):
    dependencies = [("refunds", "0013_results_of_a_store")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
