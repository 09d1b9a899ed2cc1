"""What was kept in clear becomes ciphertext – rows and versions alike – and is opened again on the way back."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module

from django.apps import apps
from django.db import connection

from backoffice.actors import person
from backoffice.audit.guards.standing import install_triggers, lift_triggers
from backoffice.audit.verify import verify
from backoffice.privacy.destroying import destroy
from backoffice.privacy.models import PersonKey, PersonWord
from orders.naming import buyers_named
from refunds.workflow import perform
from tests.cast import Cast
from tests.refunds.factories import make_case, make_order

NAMES = import_module("orders.migrations.0006_seal_kept_names")
TEXTS = import_module("refunds.migrations.0033_seal_kept_texts")
COLUMNS = {
    "orders_buyer": "name",
    "refunds_refundcase": "reason_text",
    "refunds_message": "body",
    "refunds_evidence": "note",
}


@contextmanager
def migrating() -> Iterator[None]:
    """Rows that are written once may be moved, as while a migration runs."""
    lift_triggers()
    try:
        yield
    finally:
        install_triggers()


def columns() -> dict[str, list[str]]:
    """What stands in the columns, of rows and of versions."""
    found = {}
    with connection.cursor() as cursor:
        for table, column in COLUMNS.items():
            for name in (table, table.replace("_", "_historical", 1)):
                cursor.execute(f"SELECT {column} FROM {name} ORDER BY 1")
                found[name] = [value for (value,) in cursor.fetchall()]
    return found


def test_rows_and_versions_are_sealed_and_opened_again(cast: Cast) -> None:
    order = make_order(cast.a)
    case = make_case(order, cast.staff, reason_text="It leaks.")
    perform("message", case_id=case.pk, actor=person(cast.staff), body="We are sorry.")
    sealed = columns()
    with migrating():
        TEXTS.unseal(apps, None)
        NAMES.unseal(apps, None)
        clear = columns()
        assert (
            clear["orders_buyer"]
            == clear["orders_historicalbuyer"]
            == [f"Buyer {order.buyer.code[6:]}"]
        )
        assert set(clear["refunds_historicalrefundcase"]) == {"It leaks."}
        assert "It leaks." in {v.history_change_reason for v in case.history.all()}
        PersonWord.objects.all().delete()
        NAMES.seal(apps, None)
        TEXTS.seal(apps, None)
        assert columns() == sealed  # the same keys give the same bytes
        NAMES.seal(apps, None)  # again changes nothing
        assert columns() == sealed
    assert not any(v.history_change_reason == "It leaks." for v in case.history.all())
    assert buyers_named(f"buyer {order.buyer.code[6:]}", cast.staff).get() == order.buyer
    assert verify().findings == []


def test_rows_of_before_get_keys_and_what_was_erased_stays_lost(cast: Cast) -> None:
    order = make_order(cast.a)
    with migrating():
        NAMES.unseal(apps, None)
        PersonWord.objects.all().delete()
        PersonKey.objects.all().delete()
        NAMES.seal(apps, None)
        assert columns()["orders_buyer"][0].startswith("sealed1:")
        destroy([order.buyer.data_subject])
        NAMES.unseal(apps, None)
    assert columns()["orders_historicalbuyer"] == ["(erased)"]
