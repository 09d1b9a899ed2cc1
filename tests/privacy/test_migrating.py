"""What was kept in clear becomes ciphertext – rows and versions alike – and is opened again on the way back."""

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from importlib import import_module
from io import StringIO

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection

from backoffice.actors import INSTALLER, person, system
from backoffice.audit.guards.standing import install_guards, lift_guards
from backoffice.audit.log.verifying import verify_log
from backoffice.audit.recording import recorded
from backoffice.audit.search.indexing import catch_up
from backoffice.audit.search.models import ChangeEntry
from backoffice.audit.verify import verify
from backoffice.privacy.destroying import destroy
from backoffice.privacy.models import PersonKey, PersonWord
from backoffice.privacy.signed_before import SEALED
from orders.models import Shipment
from orders.naming import buyers_named
from refunds.batches.handed_out import opened
from refunds.models import Kind, RefundBatch
from refunds.workflow import perform
from tests.audit.log.conftest import log_settings  # noqa: F401 - a fixture
from tests.cast import Cast
from tests.refunds.factories import make_case, make_order
from tests.refunds.money import sent_batch

NAMES = import_module("orders.migrations.0006_seal_kept_names")
TEXTS = import_module("refunds.migrations.0033_seal_kept_texts")
REFERENCES = import_module("orders.migrations.0009_seal_kept_references")
ACCOUNTS = import_module("refunds.migrations.0038_seal_kept_accounts")
FILES = import_module("refunds.migrations.0041_seal_kept_files")
OFFERS = import_module("refunds.migrations.0046_seal_kept_offers")
COLUMNS = {
    "orders_buyer": "name",
    "refunds_refundcase": "reason_text",
    "refunds_message": "body",
    "refunds_evidence": "note",
}


@contextmanager
def migrating() -> Iterator[None]:
    """Rows that are written once may be moved, as while a migration runs."""
    lift_guards()
    try:
        yield
    finally:
        install_guards()


MONEY = {
    "orders_payment": "reference",
    "orders_shipment": "tracking",
    "refunds_payout": "destination",
    "refunds_refundcase": "return_tracking",
    "refunds_batchfile": "content",
}


def columns(names: dict[str, str] = COLUMNS) -> dict[str, list[str]]:
    """What stands in the columns, of rows and of versions."""
    found = {}
    with connection.cursor() as cursor:
        for table, column in names.items():
            for name in (table, table.replace("_", "_historical", 1)):
                cursor.execute(f"SELECT {column} FROM {name} ORDER BY 1")
                found[name] = [told(value) for (value,) in cursor.fetchall()]
    return found


def told(value: str | bytes | memoryview) -> str:
    return value if isinstance(value, str) else bytes(value).decode("latin-1")


def unseal() -> None:
    for migration in (FILES, ACCOUNTS, REFERENCES):
        migration.unseal(apps, None)


def seal() -> None:
    for migration in (REFERENCES, ACCOUNTS, FILES):
        migration.seal(apps, None)


@pytest.fixture
def batch(cast: Cast) -> RefundBatch:
    """A batch that was handed out, and a case whose goods came back."""
    batch = sent_batch(cast, "50.00")
    case = make_case(make_order(cast.a), cast.staff, kind=Kind.RETURN_REFUND)
    perform("approve", case_id=case.pk, actor=person(cast.staff))
    parcel = {"carrier": "SF", "tracking": "SF1440"}
    perform("send_back", case_id=case.pk, actor=person(cast.staff), **parcel)
    with recorded(person(cast.staff), "It was sent."):
        Shipment.objects.create(order=case.order, **parcel)
    return batch


def test_accounts_parcels_and_files_are_sealed_and_opened_again(
    cast: Cast, batch: RefundBatch
) -> None:
    file = opened(batch.files.get())
    sealed = columns(MONEY)
    with migrating():
        unseal()
        clear = columns(MONEY)
        assert clear["refunds_historicalrefundcase"][-1] == "SF1440"
        assert clear["orders_historicalshipment"] == ["SF1440"]
        reference = clear["refunds_payout"][0]
        assert reference in clear["orders_historicalpayment"]
        assert clear["refunds_historicalbatchfile"] == [file.decode("latin-1")]
        seal()
    assert columns(MONEY) == sealed  # the same keys give the same bytes
    assert not any(reference in value for values in sealed.values() for value in values)
    assert verify().findings == []
    assert opened(batch.files.get()) == file


def test_words_of_offers_are_sealed_and_opened_again(cast: Cast) -> None:
    case = make_case(make_order(cast.a), cast.staff)
    offer = {"amount": Decimal("5.00"), "words": "Five, and you keep it."}
    perform("offer", case_id=case.pk, actor=person(cast.staff), **offer)
    sealed = columns({"refunds_offer": "words"})
    assert all(value.startswith("sealed1:") for (value,) in sealed.values())
    with migrating():
        OFFERS.unseal(apps, None)
        clear = columns({"refunds_offer": "words"})
        assert set(map(tuple, clear.values())) == {(offer["words"],)}
        OFFERS.seal(apps, None)
    assert columns({"refunds_offer": "words"}) == sealed
    assert verify().findings == []


def test_the_index_of_changes_forgets_what_it_copied_in_clear(
    cast: Cast, batch: RefundBatch
) -> None:
    catch_up()
    entries = ChangeEntry.objects.filter(model="refunds.refundcase", field="return_tracking")
    assert entries.update(before="", after="SF1440") == 1
    with migrating():
        seal()
    assert entries.get().after is None


@pytest.mark.usefixtures("log_settings")
def test_what_was_signed_in_clear_stays_and_its_row_is_sealed(
    cast: Cast, batch: RefundBatch
) -> None:
    with migrating():
        unseal()
        call_command("seal_history", stdout=StringIO())
        clear = columns(MONEY)
        seal()
    after = columns(MONEY)
    for table, values in clear.items():
        kept = [value for value in after[table] if value in values]
        assert kept == (values if "historical" in table else [v for v in values if not v]), table
        more = len(after[table]) - len(values)
        assert more == (
            sum(map(bool, clear[table.replace("historical", "")])) if "historical" in table else 0
        )
    payout = batch.payouts.get()
    version = payout.history.latest()
    assert (version.history_change_reason, version.history_user) == (SEALED, system(INSTALLER).user)
    assert version.destination == payout.destination
    assert verify().findings == []
    assert verify_log().findings.count == 0
    call_command("seal_history", stdout=StringIO())
    call_command("verify_history", stdout=StringIO())


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
