"""What the timer does with an exchange, and with one that is out of stock."""

from decimal import Decimal

import pytest
import time_machine

from refunds.models import Kind, Payout, Replacement, State
from refunds.sweep import expire_deadlines
from tests.cast import Cast
from tests.refunds.exchanges.exchanging import lapse, make_exchange
from tests.refunds.factories import fetch, make_case, make_order, make_stock
from tests.refunds.goods import PARCEL, do, on_hand

pytestmark = pytest.mark.once


FIFTY = Decimal("50.00")


def test_the_timer_approves_an_exchange_of_what_is_in_stock(cast: Cast) -> None:
    make_stock(cast.a)
    case = make_exchange(cast)
    lapse(cast, case)
    case = fetch(case)
    assert (case.kind, case.state, on_hand(cast)) == (Kind.EXCHANGE, State.AWAITING_RETURN, 0)


def test_the_timer_makes_a_refund_of_what_is_out_of_stock(cast: Cast) -> None:
    case = make_exchange(cast)
    lapse(cast, case)
    case = fetch(case)
    assert (case.kind, case.in_money, case.state) == (
        Kind.RETURN_REFUND,
        True,
        State.AWAITING_RETURN,
    )
    assert case.policy.kind == Kind.RETURN_REFUND
    assert not Payout.objects.exists()
    do(cast, case, "receive", **PARCEL)
    do(cast, case, "accept_return")
    assert Payout.objects.get(case=case).amount == Decimal("50.00")


def test_the_timer_promises_nothing_in_part(cast: Cast) -> None:
    make_stock(cast.a, pieces=9)
    case = make_exchange(cast, (1, "50.00"), (1, "20.00"))
    lapse(cast, case)
    assert (fetch(case).kind, on_hand(cast)) == (Kind.RETURN_REFUND, 9)
    assert not Replacement.objects.exists()


def test_what_was_refunded_meanwhile_is_left_to_a_person(cast: Cast) -> None:
    """An exchange takes no money, so the money may be gone by the time it becomes a refund."""
    order = make_order(cast.a, (1, "50.00"))
    exchange = make_case(order, cast.staff, kind=Kind.EXCHANGE)
    make_case(order, cast.staff, kind=Kind.COMPENSATION, reason_code="N01", lines=[], amount=FIFTY)
    with time_machine.travel(exchange.due_at):
        assert expire_deadlines().decided == 0
    assert fetch(exchange).held_because
    assert (fetch(exchange).kind, fetch(exchange).in_money) == (Kind.EXCHANGE, False)
