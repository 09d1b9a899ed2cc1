"""An offer to the buyer: the review waits for the answer, and goes on without one."""

from decimal import Decimal
from typing import Any

import pytest

from backoffice.actors import person
from backoffice.audit.recording import recorded
from backoffice.clock import now
from backoffice.exceptions import BackofficeError, WrongState
from refunds.models import Clock, Kind, Message, Notice, Offer, Payout, State
from refunds.sweep import expire_deadlines
from tests.cast import Cast
from tests.personal import plain
from tests.refunds.clocks.waiting import FOUR, HOUR, do, received, tick
from tests.refunds.factories import fetch, make_case, make_order

pytestmark = pytest.mark.once


def test_an_offer_pauses_the_review_until_it_is_answered(cast: Cast, at: Any) -> None:
    case = received(cast)
    at.move_to(now() + 8 * HOUR)
    case = do("offer", case, cast, amount=Decimal("20.00"), words="Would half of it do?")
    assert (case.clock, case.time_left, case.due_at) == (
        Clock.OFFER,
        40 * HOUR,
        now() + 24 * HOUR,
    )
    assert plain(Message.objects.get(case=case).body) == "20.00 CNY\n\nWould half of it do?"
    for action, details in (
        ("offer", {"amount": Decimal("10.00"), "words": "And this?"}),
        ("pause", {"cause": "evidence"}),
        ("resume", {}),
        ("extend", {"hours": 1}),
    ):
        with pytest.raises(WrongState):
            do(action, case, cast, **details)
    at.move_to(now() + 4 * HOUR)
    case = do("accept_offer", case, cast, note="By telephone.")
    assert (case.state, case.amount_approved) == (State.REVIEWED, Decimal("20.00"))
    assert Payout.objects.get(case=case).amount == Decimal("20.00")
    assert Offer.objects.get().state == Offer.State.ACCEPTED


def test_a_declined_offer_gives_the_merchant_the_time_that_was_left(cast: Cast, at: Any) -> None:
    case = received(cast)
    at.move_to(now() + 8 * HOUR)
    case = do("offer", case, cast, amount=Decimal("20.00"), words="Would half of it do?")
    at.move_to(now() + 4 * HOUR)
    case = do("decline_offer", case, cast)
    assert (case.clock, case.due_at) == (Clock.REVIEW, now() + 40 * HOUR)
    assert Offer.objects.get().state == Offer.State.DECLINED


def test_an_offer_lapses_by_itself_and_nothing_is_approved_by_it(cast: Cast, at: Any) -> None:
    case = do("offer", received(cast), cast, amount=Decimal("20.00"), words="Half?")
    at.move_to(case.due_at)
    with pytest.raises(WrongState):
        tick("auto_approve", case)
    assert expire_deadlines().decided == 1
    case = fetch(case)
    assert (case.state, case.clock, case.due_at) == (
        State.REQUESTED,
        Clock.REVIEW,
        now() + 48 * HOUR,
    )
    assert Offer.objects.get().state == Offer.State.LAPSED
    assert case.history.latest().action == "lapse_offer"


def test_an_offer_on_a_return_lets_the_buyer_keep_the_goods(cast: Cast, at: Any) -> None:
    order = make_order(cast.a, shipped=now(), delivered=now())
    case = make_case(order, cast.staff, kind=Kind.RETURN_REFUND)
    case = do("offer", case, cast, amount=Decimal("15.00"), words="Keep it, for ¥15?")
    case = do("accept_offer", case, cast)
    assert (case.kind, case.state, case.amount_approved) == (
        Kind.REFUND_ONLY,
        State.REVIEWED,
        Decimal("15.00"),
    )


SENTENCES = {
    "0": r"more than zero and at most the ¥50\.00",
    "-1": r"more than zero and at most the ¥50\.00",
    "50.01": r"more than zero and at most the ¥50\.00",
    "0.001": "“0.001” has more decimals than CNY has",
}


@pytest.mark.parametrize("amount", SENTENCES)
def test_an_impossible_offer_is_refused_with_a_sentence(cast: Cast, at: Any, amount: str) -> None:
    case = received(cast)
    with pytest.raises(BackofficeError, match=SENTENCES[amount]):
        do("offer", case, cast, amount=Decimal(amount), words="Well?")
    assert (fetch(case).clock, Offer.objects.count()) == (Clock.REVIEW, 0)


def test_an_offer_is_answered_before_the_channels_bound(cast: Cast, at: Any) -> None:
    channel = now() + 20 * HOUR
    case = received(cast, channel_due_at=channel)
    case = do("offer", case, cast, amount=Decimal("20.00"), words="Half?")
    assert Offer.objects.get().answer_by == case.due_at == channel - FOUR


def test_the_answer_is_told_to_whom_the_case_belongs(cast: Cast, at: Any) -> None:
    case = do("offer", received(cast), cast, amount=Decimal("20.00"), words="Half?")
    with recorded(person(cast.manager), "For a test."):
        case.assignee = cast.supervisor
        case.save()
    do("decline_offer", case, cast)
    notice = Notice.objects.get()
    assert (notice.recipient, notice.kind) == (cast.supervisor, Notice.Kind.ANSWER)
