"""Accounts, banks and parcels that were kept in clear become ciphertext, in rows and in their versions.

Batches that were sealed before stay sealed: the seal is over the accounts, not over their ciphertext.
"""

from django.db import migrations
from django.db.models import F, OuterRef, Subquery, TextField
from django.db.models.functions import Cast

from backoffice.privacy.migrating import forget_values, open_columns, seal_columns

CASE = ("order__store_id", "order__number", "order__buyer__store_id", "order__buyer__code")
COLUMNS = (
    ("Payout", ("destination", "bank_code"), "case__"),
    ("RefundCase", ("return_tracking",), ""),
    ("Replacement", ("tracking",), "case__"),
)


def compare(apps, schema_editor):
    """Rows of results that wait say from now on only whether money went where it was to go."""
    payouts, rows = (apps.get_model("refunds", name)._base_manager for name in ("Payout", "ResultRow"))
    meant = payouts.filter(number=OuterRef("payout")).values(plain=Cast("destination", TextField()))
    told = rows.exclude(destination="").annotate(meant=Subquery(meant[:1]))
    rows.filter(pk__in=told.exclude(meant=F("destination")).values("pk")).update(elsewhere=True)


def seal(apps, schema_editor):
    """Each under the key of the case's buyer."""
    for rows, names, case in _all_rows(apps):
        seal_columns(apps, rows, names, [f"{case}{part}" for part in CASE], _subject)
        forget_values(apps, rows.model._meta.label_lower, names)


def unseal(apps, schema_editor):
    """In clear again; what belongs to those who were erased is lost."""
    for rows, names, _case in _all_rows(apps):
        open_columns(apps, rows, names)


def _all_rows(apps):
    for model, names, case in COLUMNS:
        for kind in (model, f"Historical{model}"):
            rows = apps.get_model("refunds", kind)._base_manager
            yield rows.exclude(**dict.fromkeys(names, "")), names, case


def _subject(row):
    store, number, buyers_store, code = row
    if code is not None:
        return f"buyer {buyers_store}/{code}", buyers_store
    return f"order {store}/{number}", store


class Migration(migrations.Migration):
    dependencies = [
        ("refunds", "0037_seal_where_money_goes"),
        ("orders", "0009_seal_kept_references"),
    ]

    operations = [
        migrations.RunPython(compare, migrations.RunPython.noop, elidable=True),
        migrations.RunPython(seal, unseal, elidable=True),
    ]
