"""References of payments and numbers of parcels that were kept in clear become ciphertext, in rows and versions."""

from django.db import migrations

from backoffice.privacy.migrating import forget_values, open_columns, seal_columns

COLUMNS = {
    "Payment": "reference",
    "HistoricalPayment": "reference",
    "Shipment": "tracking",
    "HistoricalShipment": "tracking",
}
ORDER = ("store_id", "number", "buyer__store_id", "buyer__code")


def seal(apps, schema_editor):
    """Each under the key of the order's buyer."""
    for model, name in COLUMNS.items():
        rows = apps.get_model("orders", model)._base_manager.exclude(**{name: ""})
        seal_columns(apps, rows, [name], [f"order__{part}" for part in ORDER], _subject)
        forget_values(apps, f"orders.{model.lower()}", [name])


def unseal(apps, schema_editor):
    """In clear again; what belongs to those who were erased is lost."""
    for model, name in COLUMNS.items():
        open_columns(apps, apps.get_model("orders", model)._base_manager.exclude(**{name: ""}), [name])


def _subject(row):
    store, number, buyers_store, code = row
    if code is not None:
        return f"buyer {buyers_store}/{code}", buyers_store
    return f"order {store}/{number}", store


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0008_seal_payments_and_parcels"),
        ("backoffice", "0008_history_search"),
    ]

    operations = [migrations.RunPython(seal, unseal, elidable=True)]
