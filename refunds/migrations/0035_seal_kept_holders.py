"""Names of account holders that were kept in clear become ciphertext, in payouts and in their versions.

Batches that were sealed before stay sealed: the seal is over the names, not over their ciphertext.
"""

from django.db import migrations

from backoffice.privacy.migrating import open_columns, seal_columns

MODELS = ("Payout", "HistoricalPayout")
ORDER = ("store_id", "number", "buyer__store_id", "buyer__code")


def seal(apps, schema_editor):
    """Each name under the key of the payout's buyer."""
    for name in MODELS:
        rows = apps.get_model("refunds", name)._base_manager.exclude(payee="")
        seal_columns(apps, rows, ["payee"], [f"case__order__{name}" for name in ORDER], _subject)


def unseal(apps, schema_editor):
    """In clear again; the names of those who were erased are lost."""
    for name in MODELS:
        open_columns(apps, apps.get_model("refunds", name)._base_manager.exclude(payee=""), ["payee"])


def _subject(row):
    store, number, buyers_store, code = row
    if code is not None:
        return f"buyer {buyers_store}/{code}", buyers_store
    return f"order {store}/{number}", store


class Migration(migrations.Migration):
    dependencies = [("refunds", "0034_seal_account_holders")]

    operations = [migrations.RunPython(seal, unseal, elidable=True)]
