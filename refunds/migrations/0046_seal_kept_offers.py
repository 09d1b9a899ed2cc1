"""The words of offers that were kept in clear become ciphertext, in rows and in their versions."""

from django.db import migrations

from backoffice.privacy.migrating import forget_values, open_columns, seal_columns

CASE = ("case__order__store_id", "case__order__number", "case__order__buyer__store_id", "case__order__buyer__code")


def seal(apps, schema_editor):
    """Each under the key of the case's buyer."""
    for rows in _all_rows(apps):
        seal_columns(apps, rows, ["words"], CASE, _subject)
    forget_values(apps, "refunds.offer", ["words"])


def unseal(apps, schema_editor):
    """In clear again; what belongs to those who were erased is lost."""
    for rows in _all_rows(apps):
        open_columns(apps, rows, ["words"])


def _all_rows(apps):
    for model in ("Offer", "HistoricalOffer"):
        yield apps.get_model("refunds", model)._base_manager.exclude(words="")


def _subject(row):
    store, number, buyers_store, code = row
    if code is not None:
        return f"buyer {buyers_store}/{code}", buyers_store
    return f"order {store}/{number}", store


class Migration(migrations.Migration):
    dependencies = [("refunds", "0045_seal_words_of_offers")]

    operations = [migrations.RunPython(seal, unseal, elidable=True)]
