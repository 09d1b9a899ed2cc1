"""After an erasure the whole database is read for what was known of the buyer: every table, with every key there is."""

import pytest
from django.db import connection
from django.test import Client

from backoffice.actors import person
from backoffice.exceptions import BadInput
from backoffice.money import ZERO
from backoffice.privacy.keys import clear
from backoffice.privacy.sealed import TOKEN, Sealed
from orders import erasing
from refunds.batches.handed_out import opened
from refunds.models import BatchFile, Evidence, Payout, RefundCase
from refunds.payouts.routes import Way, checked, objection
from tests.cast import Cast
from tests.personal import plain
from tests.privacy.known import ACCOUNT, BANK, HOLDER, KNOWN, settled_case
from tests.privacy.reading import page
from tests.refunds.factories import fetch


@pytest.fixture
def case(cast: Cast) -> RefundCase:
    """A case about which everything is known."""
    return settled_case(cast)


def everything() -> str:
    """All that stands in the database, files of the bank in hexadecimal among it."""
    told = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {table}")
            told += [str(value) for row in cursor.fetchall() for value in row]
    return "\n".join(told)


def in_clear(text: str) -> list[str]:
    """What the sealed values in ``text`` say to whoever has the master key."""
    return [clear(Sealed(found[0])) for found in TOKEN.finditer(text)]


def test_nothing_of_an_erased_buyer_is_left_in_any_table(cast: Cast, case: RefundCase) -> None:
    order, reference = case.order, plain(case.order.payments.get().reference)
    known = (*KNOWN, reference)
    before = everything()
    said = in_clear(before)
    for text in known:
        assert text in said, text  # or the search proves nothing
        assert text not in before, text
    evidence = Evidence.objects.get()
    row = erasing.ask(order_id=order.pk, actor=person(cast.platform), reason="By letter.")
    erasing.confirm(erasure_id=row.pk, actor=person(cast.legal))
    after = everything()
    said = in_clear(after)
    assert [text for text in known if text in after or any(text in each for each in said)] == []
    assert Evidence.objects.get().sha256 == evidence.sha256
    bank = opened(BatchFile.objects.get()).decode()
    assert all(text in bank for text in (ACCOUNT, HOLDER, BANK))  # the law has it kept
    assert fetch(case).state == "refunded"


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_all_pages_of_an_erased_buyer_work_and_say_so(
    client: Client, cast: Cast, case: RefundCase, language: str
) -> None:
    row = erasing.ask(order_id=case.order_id, actor=person(cast.platform), reason="By letter.")
    erasing.confirm(erasure_id=row.pk, actor=person(cast.legal))
    client.cookies["django_language"] = language
    payout = Payout.objects.get(case=case)
    word = {"en": "erased", "zh-hans": "抹除"}[language]
    for who, name, key in (
        ("staff", "refunds_refundcase_change", case.pk),
        ("staff", "refunds_refundcase_history", case.pk),
        ("staff", "orders_order_change", case.order_id),
        ("finance", "refunds_payout_change", payout.pk),
        ("finance", "refunds_refundbatch_change", payout.batch_id),
        ("legal", "orders_erasure_change", row.pk),
    ):
        text = page(client, cast.people[who], name, key)
        assert word in text.lower(), name
        assert "sealed1:" not in text, name
        assert not [known for known in KNOWN if known in text], name
    for name in ("orders_order", "refunds_refundcase", "refunds_payout", "refunds_refundbatch"):
        page(client, cast.finance, f"{name}_changelist", q=case.number)
    text = page(client, cast.auditor, "backoffice_changeentry_changelist", number=case.number)
    assert case.number in text


def test_no_money_goes_back_to_a_reference_that_was_erased(cast: Cast, case: RefundCase) -> None:
    payment = case.order.payments.get()
    assert objection(payment, ZERO) == ""
    row = erasing.ask(order_id=case.order_id, actor=person(cast.platform), reason="By letter.")
    erasing.confirm(erasure_id=row.pk, actor=person(cast.legal))
    payment.refresh_from_db()
    assert "erased with the buyer" in objection(payment, ZERO)
    with pytest.raises(BadInput, match="erased with the buyer"):
        checked(Way("original"), Payout(case=case, payment=payment, amount=ZERO))
