"""Which way the money goes, and when the way that it came is closed."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from backoffice.actors import INSTALLER, person, system
from backoffice.audit.recording import recorded
from backoffice.clock import now
from backoffice.exceptions import BadInput, WrongState
from orders.models import Payment
from refunds.batches.building import build
from refunds.models import Payout, RouteLimit
from refunds.payouts.queueing import redirect
from refunds.payouts.routes import Way
from refunds.workflow import perform
from tests.cast import Cast
from tests.flushing import rewrite
from tests.personal import plain
from tests.refunds.factories import make_case, make_order
from tests.refunds.money import queue_payouts, rows_of, sealed_batch
from tests.refunds.payouts.approved import ACCOUNT, age, approved


def limit(**values: Any) -> None:
    """From today on other limits count."""
    with recorded(system(INSTALLER), "A limit for a test."):
        RouteLimit.objects.create(starts_on=now().date(), **values)


@pytest.mark.parametrize(("days", "method"), [(364, "original"), (366, "bank")])
def test_an_old_payment_is_paid_back_by_bank(cast: Cast, days: int, method: str) -> None:
    case = make_case(make_order(cast.a, (1, "50.00")), cast.staff)
    rewrite(QuerySet(Payment).filter(order=case.order), paid_at=now() - timedelta(days=days))
    perform("approve", case_id=case.pk, actor=person(cast.staff))
    assert Payout.objects.get(case=case).method == method


def test_a_payment_goes_back_in_so_many_parts_only(cast: Cast) -> None:
    limit(refunds=2, days=365)
    order = make_order(cast.a, (4, "10.00"))
    methods = []
    for _n in range(3):
        case = make_case(order, cast.staff)
        perform("approve", case_id=case.pk, actor=person(cast.staff))
        methods.append(Payout.objects.get(case=case).method)
    assert methods == ["original", "original", "bank"]


def test_no_more_goes_back_by_a_payment_than_it_was(cast: Cast) -> None:
    order = make_order(cast.a, (3, "50.00"), freight="0.00")
    rewrite(QuerySet(Payment).filter(order=order), amount=Decimal("120.00"))
    with recorded(system(INSTALLER), "The rest by voucher."):
        Payment.objects.create(
            order=order, reference="VOUCHER", method="voucher", amount=30, paid_at=now()
        )
    methods = []
    for _n in range(3):
        case = make_case(order, cast.staff)
        perform("approve", case_id=case.pk, actor=person(cast.staff))
        methods.append(Payout.objects.get(case=case).method)
    assert methods == ["original", "original", "bank"]
    with pytest.raises(BadInput, match=r"Only ¥20\.00 of this payment is left"):
        redirect(
            payout_id=Payout.objects.get(method="bank").pk,
            way=Way("original"),
            note="Try it.",
            actor=person(cast.finance),
        )


def test_what_became_too_much_for_its_payment_goes_into_no_batch(cast: Cast) -> None:
    order = make_order(cast.a, (2, "50.00"))
    for _n in range(2):
        case = make_case(order, cast.staff)
        perform("approve", case_id=case.pk, actor=person(cast.staff))
    first, second = Payout.objects.order_by("pk")
    rewrite(QuerySet(Payment).filter(order=order), amount=Decimal("60.00"))
    batch = build(store_id=cast.a.pk, currency="CNY", actor=person(cast.finance))
    assert rows_of(batch) == [first]
    with pytest.raises(WrongState, match=rf"{second}: Only ¥10\.00 of this payment is left"):
        build(
            store_id=cast.a.pk, currency="CNY", actor=person(cast.finance), payout_ids=[second.pk]
        )


def test_a_channel_has_its_own_limit(cast: Cast) -> None:
    limit(refunds=50, days=365)
    limit(channel="card", refunds=50, days=1)
    payout = approved(cast)
    age(payout, 2)
    with pytest.raises(BadInput, match="older than 1 days"):
        redirect(payout_id=payout.pk, way=Way("original"), note="Why.", actor=person(cast.finance))


def test_what_aged_while_it_waited_goes_into_no_batch(cast: Cast) -> None:
    old, fresh = queue_payouts(cast.a, cast.staff, "10.00", "20.00")
    age(old, 366)
    finance = person(cast.finance)
    with pytest.raises(WrongState, match="older than 365 days"):
        build(store_id=cast.a.pk, currency="CNY", actor=finance, payout_ids=[old.pk, fresh.pk])
    batch = build(store_id=cast.a.pk, currency="CNY", actor=finance)
    assert rows_of(batch) == [fresh]


def test_a_bank_transfer_waits_for_its_account(cast: Cast) -> None:
    payout = approved(cast, "bank")
    finance = person(cast.finance)
    with pytest.raises(WrongState):
        build(store_id=cast.a.pk, currency="CNY", actor=finance)
    with pytest.raises(IntegrityError, match="says_where"), transaction.atomic():
        QuerySet(Payout).filter(pk=payout.pk).update(batch=sealed_batch(cast))
    redirect(payout_id=payout.pk, way=ACCOUNT, note="The buyer wrote it.", actor=finance)
    batch = build(store_id=cast.a.pk, currency="CNY", actor=finance)
    payout = Payout.objects.get(pk=payout.pk)
    assert (batch.method, batch.channel, payout.batch) == ("bank", "", batch)
    assert (plain(payout.destination), plain(payout.payee)) == ("6222020000001234", "Lin Mei")


@pytest.mark.parametrize(
    ("way", "sentence"),
    [
        (Way("bank", "12"), "letters and digits"),
        (Way("bank", "=1+1+1+1", "Lin"), "letters and digits"),
        (Way("bank", "6222020000001234", "Lin", "X"), "BIC"),
        (Way("bank", "6222020000001234", "", "BKCHCNBJ"), "whose account"),
        (Way("bank", "6222020000001234", "Lin"), "no IBAN, so write its bank's BIC"),
        (Way("bank", "6222020000001234", "Lin", "12345678"), "BIC"),  # neither BIC nor CNAPS
        (Way("bank", "DE89 3704 0044 0532 0130 01", "Lin"), "check digits are wrong"),
        (Way("cash"), "Choose the original route"),
        (Way("original"), "goes there already"),
    ],
)
def test_an_impossible_way_is_refused(cast: Cast, way: Way, sentence: str) -> None:
    payout = approved(cast)
    with pytest.raises(BadInput, match=sentence):
        redirect(payout_id=payout.pk, way=way, note="Why.", actor=person(cast.finance))
    assert Payout.objects.get(pk=payout.pk).history.count() == 1


def test_one_batch_goes_one_way(cast: Cast) -> None:
    plain, credit = approved(cast), approved(cast, "credit")
    finance = person(cast.finance)
    first = build(store_id=cast.a.pk, currency="CNY", actor=finance)
    second = build(store_id=cast.a.pk, currency="CNY", actor=finance)
    assert (rows_of(first), rows_of(second)) == ([plain], [credit])
    assert (first.channel, second.method) == ("card", "credit")
