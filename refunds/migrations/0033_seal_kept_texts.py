"""What people wrote about cases, kept in clear so far, becomes ciphertext – in rows and in their versions.

So do the reasons in history that repeat a buyer's words.
"""

from django.db import migrations

from backoffice.privacy.migrating import open_columns, seal_columns

FIELDS = {
    "RefundCase": ["reason_text"],
    "Message": ["body"],
    "Complaint": ["words", "answer", "resolution"],
    "Dispute": ["claim"],
    "Evidence": ["file_name", "note"],
}
REASON, WORDS = "history_change_reason", "The buyer asked for this."
IN_BUYERS_WORDS = ("request", "escalate")  # acts whose reason is what the buyer said
BY_PROGRAM = (WORDS, "The buyer escalated the rejection.")
ORDER = ("store_id", "number", "buyer__store_id", "buyer__code")


def seal(apps, schema_editor):
    """Each text under the key of the case's buyer."""
    for model, names in FIELDS.items():
        path = [f"{_order_of(model)}__{name}" for name in ORDER]
        for name in (model, f"Historical{model}"):
            rows = apps.get_model("refunds", name)._base_manager.all()
            seal_columns(apps, rows, names, path, _subject)
    for rows, order in _reasons(apps):
        said = rows.filter(action__in=IN_BUYERS_WORDS).exclude(history_change_reason__in=BY_PROGRAM)
        seal_columns(apps, said, [REASON], [f"{order}__{name}" for name in ORDER], _subject)


def unseal(apps, schema_editor):
    """In clear again; what those wrote who were erased is lost."""
    for model, names in FIELDS.items():
        for name in (model, f"Historical{model}"):
            open_columns(apps, apps.get_model("refunds", name)._base_manager.all(), names)
    for rows, _order in _reasons(apps):
        open_columns(apps, rows.filter(action__in=IN_BUYERS_WORDS), [REASON])


def _order_of(model):
    return "order" if model == "RefundCase" else "case__order"


def _reasons(apps):
    """The versions that belong to a case, and the way from them to its order."""
    for model in apps.get_app_config("refunds").get_models():
        fields = {field.name for field in model._meta.fields}
        if REASON in fields and "case" in fields:
            yield model._base_manager.all(), "case__order"
        elif REASON in fields and model.__name__ == "HistoricalRefundCase":
            yield model._base_manager.all(), "order"


def _subject(row):
    store, number, buyers_store, code = row
    if code is not None:
        return f"buyer {buyers_store}/{code}", buyers_store
    return f"order {store}/{number}", store


class Migration(migrations.Migration):
    dependencies = [("refunds", "0032_seal_what_people_wrote")]

    operations = [migrations.RunPython(seal, unseal, elidable=True)]
