"""From a request to a reviewed case, by people and by the timer."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine

from backoffice.actors import TIMER, person, system
from backoffice.exceptions import NotAllowed, NotFound, StaleVersion, WrongState
from refunds.exceptions import RefundExceedsBalance
from refunds.models import Payout, State
from refunds.sweep import expire_deadlines
from refunds.workflow import perform
from tests.cast import Cast
from tests.personal import plain
from tests.refunds.factories import fetch, make_case, make_order


def test_staff_approve_and_the_money_is_queued(cast: Cast) -> None:
    case = make_case(make_order(cast.a), cast.staff)
    perform("approve", case_id=case.pk, actor=person(cast.staff), note="The photo is clear.")

    case = fetch(case)
    assert (case.state, case.amount_approved, case.due_at) == (
        State.REVIEWED,
        Decimal("50.00"),
        None,
    )
    payout = Payout.objects.get(case=case)
    assert (payout.state, payout.amount, plain(payout.destination)[:4]) == (
        "queued",
        Decimal("50.00"),
        "PAY-",
    )
    version = case.history.latest()
    assert (version.history_user, version.history_change_reason) == (
        cast.staff,
        "The photo is clear.",
    )
    assert (version.source, version.action, case.history.count()) == ("admin", "approve", 2)


def test_the_timer_approves_once_what_nobody_reviewed(cast: Cast) -> None:
    case = make_case(make_order(cast.a), cast.staff)
    assert case.due_at is not None
    with time_machine.travel(case.due_at - timedelta(seconds=1), tick=False):
        assert expire_deadlines().decided == 0
    with time_machine.travel(case.due_at, tick=False):
        assert expire_deadlines().decided == 1
        assert expire_deadlines().decided == 0
    version = fetch(case).history.latest()
    assert (version.actor_name, version.source, version.action) == (
        "timer",
        "timer",
        "auto_approve",
    )
    assert "deadline" in version.history_change_reason
    assert Payout.objects.filter(case=case).count() == 1


def test_a_rail_hands_the_case_to_a_person(cast: Cast) -> None:
    order = make_order(cast.a, (1, "3000.00"))
    case = make_case(order, cast.staff)
    with time_machine.travel(case.due_at + timedelta(hours=1)):
        assert (expire_deadlines().held, expire_deadlines().held) == (1, 0)
    case = fetch(case)
    assert case.state == State.REQUESTED
    assert "ceiling" in case.held_because


def test_what_is_asked_for_counts_against_what_is_left(cast: Cast) -> None:
    order = make_order(cast.a, (2, "50.00"))
    make_case(order, cast.staff, quantity=1)
    with pytest.raises(RefundExceedsBalance, match="only 1 of the 2"):
        make_case(order, cast.staff, quantity=2)
    make_case(order, cast.staff, quantity=1, freight=Decimal("10.00"))
    with pytest.raises(RefundExceedsBalance, match="freight"):
        make_case(order, cast.staff, lines=[], freight=Decimal("0.01"))


def test_strangers_find_nothing_and_auditors_may_do_nothing(cast: Cast) -> None:
    case = make_case(make_order(cast.a), cast.staff)
    with pytest.raises(NotFound):
        perform("approve", case_id=case.pk, actor=person(cast.staff2))
    with pytest.raises(NotAllowed):
        perform("approve", case_id=case.pk, actor=person(cast.auditor))
    with pytest.raises(NotAllowed):
        perform("auto_approve", case_id=case.pk, actor=person(cast.platform))
    with pytest.raises(NotAllowed):
        perform("reject", case_id=case.pk, actor=system(TIMER))
    with pytest.raises(StaleVersion):
        perform("approve", case_id=case.pk, actor=person(cast.staff), version=7)
    assert fetch(case).history.count() == 1


def test_a_decided_case_is_not_decided_again(cast: Cast) -> None:
    case = make_case(make_order(cast.a), cast.staff)
    perform("approve", case_id=case.pk, actor=person(cast.staff))
    with pytest.raises(WrongState):
        perform("approve", case_id=case.pk, actor=person(cast.manager))
    assert Payout.objects.filter(case=case).count() == 1
