"""Damages that the law fixes: computed from the price, approved by legal counsel, capped by themselves."""

from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from backoffice.actors import person
from backoffice.exceptions import BadInput, NotAllowed, WrongState
from refunds.batches.building import build
from refunds.compensating.statutory import compute, words
from refunds.exceptions import RefundExceedsBalance
from refunds.models import Compensation, Payout
from refunds.payouts.queueing import redirect
from refunds.payouts.routes import Way
from tests.cast import Cast
from tests.refunds.compensations import do, propose, row_of
from tests.refunds.factories import fetch, make_case, make_order
from tests.refunds.money import release

FRAUD, FOOD = Compensation.STATUTORY


@pytest.mark.once
@pytest.mark.parametrize(
    ("kind", "price", "loss", "result"),
    [
        (FRAUD, "0.01", None, "500.00"),
        (FRAUD, "166.66", None, "500.00"),
        (FRAUD, "166.67", None, "500.01"),
        (FRAUD, "238.00", None, "714.00"),
        (FOOD, "99.99", None, "1000.00"),
        (FOOD, "100.01", None, "1000.10"),
        (FOOD, "150.00", "500.00", "1500.00"),  # ten times the price is as much
        (FOOD, "150.00", "500.01", "1500.03"),  # three times the loss is more
        (FOOD, "1.00", "0.00", "1000.00"),
    ],
)
def test_the_law_in_figures(kind: str, price: str, loss: str | None, result: str) -> None:
    amount, basis = compute(
        kind, price=Decimal(price), loss=None if loss is None else Decimal(loss), currency="CNY"
    )
    assert amount == Decimal(result) == Decimal(basis["result"])
    assert (basis["price"], basis["loss"]) == (price, loss)


@pytest.mark.once
def test_the_figures_are_told_in_words() -> None:
    _amount, basis = compute(FOOD, price=Decimal(90), loss=Decimal(400), currency="CNY")
    assert words(basis, "CNY") == (
        "10 × the price of ¥90.00 is ¥900.00. 3 × the loss of ¥400.00 is ¥1,200.00. "
        "The law gives at least ¥1,000.00, so it is ¥1,200.00."
    )
    assert words({}, "CNY") == ""


@pytest.mark.once
@pytest.mark.parametrize(
    ("kind", "loss", "currency", "sentence"),
    [
        (FRAUD, None, "JPY", "paid in JPY"),
        (FOOD, None, "EUR", "liquidated damages"),
        (FRAUD, "5.00", "CNY", "for food only"),
        (FOOD, "-0.01", "CNY", "not a possible amount"),
        (FOOD, "0.001", "CNY", "more decimals than CNY"),
    ],
)
def test_what_the_law_does_not_know_is_refused(
    kind: str, loss: str | None, currency: str, sentence: str
) -> None:
    with pytest.raises(BadInput, match=sentence):
        compute(
            kind, price=Decimal(9), loss=None if loss is None else Decimal(loss), currency=currency
        )


def test_the_price_is_what_was_paid_for_these_pieces(cast: Cast) -> None:
    order = make_order(cast.a, (3, "333.33"))
    case = propose(order, cast.staff, FRAUD, quantity=2)
    row = row_of(case)
    assert (case.amount_requested, row.amount) == (Decimal("1999.98"), Decimal("1999.98"))
    assert (row.basis["price"], row.basis["factor"]) == ("666.66", 3)
    assert case.lines.get().amount_requested == Decimal("1999.98")


def test_nobody_types_the_amount(cast: Cast) -> None:
    order = make_order(cast.a)
    with pytest.raises(BadInput, match="law fixes"):
        propose(order, cast.staff, FRAUD, "9999.00", quantity=1)
    with pytest.raises(BadInput, match="Name the goods"):
        propose(order, cast.staff, FRAUD)
    case = propose(order, cast.staff, FRAUD, quantity=1)
    with pytest.raises(BadInput, match="law fixes"):
        do(case, cast.legal, "award_damages", amount=Decimal("499.00"))
    assert not Payout.objects.exists()


def test_only_legal_counsel_approves(cast: Cast, client: Client) -> None:
    case = propose(make_order(cast.a), cast.staff, FRAUD, quantity=1)
    for name in ("staff", "supervisor", "manager", "platform"):
        with pytest.raises(NotAllowed):
            do(case, cast.people[name], "award_damages")
    for name in ("staff", "supervisor", "manager"):
        with pytest.raises(WrongState):
            do(case, cast.people[name], "approve")
    client.force_login(cast.manager)
    url = reverse("admin:refunds_refundcase_do", args=[case.pk, "award_damages"])
    assert client.post(url, {"version": 1, "note": "Forged."}).status_code == 403
    assert (fetch(case).state, case.history.count()) == ("requested", 1)

    client.force_login(cast.legal)
    assert client.post(url, {"version": 1, "note": "The listing lied."}).status_code == 302
    version = fetch(case).history.latest()
    assert (version.history_user, version.history_change_reason, version.state) == (
        cast.legal,
        "The listing lied.",
        "reviewed",
    )


def test_they_are_paid_on_top_of_the_refund(cast: Cast) -> None:
    order = make_order(cast.a, (1, "50.00"), freight="0.00")
    refund, damages = (
        make_case(order, cast.staff),
        propose(order, cast.staff, FRAUD, quantity=1),
    )
    do(refund, cast.staff, "approve")
    do(damages, cast.legal, "award_damages")
    finance, payout = person(cast.finance), damages.payouts.get()
    assert payout.method == "bank"  # ten times what the payment was
    redirect(payout_id=payout.pk, way=Way("credit"), note="As they like.", actor=finance)
    batch = build(
        store_id=cast.a.pk, currency="CNY", actor=finance, payout_ids=[payout.pk], method="credit"
    )
    release(batch_id=batch.pk, actor=person(cast.checker))
    assert (fetch(damages).state, row_of(damages).amount) == ("refunded", Decimal(500))
    with pytest.raises(RefundExceedsBalance):  # what was paid is used up by the refund alone
        make_case(order, cast.staff)


def test_damages_do_not_make_room_for_refunds(cast: Cast) -> None:
    order = make_order(cast.a, (1, "50.00"), freight="0.00")
    do(propose(order, cast.staff, FRAUD, quantity=1), cast.legal, "award_damages")
    do(make_case(order, cast.staff), cast.staff, "approve")
    with pytest.raises(RefundExceedsBalance):
        make_case(order, cast.staff)


def test_they_are_owed_once_for_each_piece(cast: Cast) -> None:
    order = make_order(cast.a, (2, "50.00"))
    propose(order, cast.staff, FRAUD, quantity=1)
    with pytest.raises(RefundExceedsBalance, match="only 1 of the 2"):
        propose(order, cast.staff, FOOD, quantity=2)
    propose(order, cast.staff, FOOD, quantity=1)
