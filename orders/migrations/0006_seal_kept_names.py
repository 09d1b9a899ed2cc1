"""Buyers' names that were kept in clear, in rows and in their versions, become ciphertext."""

from django.db import migrations

from backoffice.privacy.migrating import open_columns, seal_columns

MODELS = ("Buyer", "HistoricalBuyer")


def seal(apps, schema_editor):
    """Each name under its buyer's key."""
    for name in MODELS:
        rows = apps.get_model("orders", name)._base_manager.all()
        seal_columns(
            apps, rows, ["name"], ["store_id", "code"], _subject, are_names=name == "Buyer"
        )


def unseal(apps, schema_editor):
    """In clear again; the names of those who were erased are lost."""
    for name in MODELS:
        open_columns(apps, apps.get_model("orders", name)._base_manager.all(), ["name"])


def _subject(row):
    store, code = row
    return f"buyer {store}/{code}", store


class Migration(migrations.Migration):
    dependencies = [("orders", "0005_seal_names_of_buyers")]

    operations = [migrations.RunPython(seal, unseal, elidable=True)]
