"""A clock that stands still, and one that is given more time."""

from typing import Any

import pytest

from backoffice.clock import now
from backoffice.exceptions import BadInput, WrongState
from refunds.models import Clock, Pause, State
from refunds.sweep import expire_deadlines
from tests.cast import Cast
from tests.refunds.clocks.waiting import (
    HOUR,
    TICK,
    do,
    open_daytime,
    received,
    returned,
    shanghai,
    tick,
)
from tests.refunds.factories import fetch

pytestmark = pytest.mark.once


def test_a_pause_keeps_the_working_time_that_was_left(cast: Cast, at: Any) -> None:
    open_daytime(cast.a)
    case = received(cast)  # 48 working hours from Monday 10:00: 11 + 12 + 12 + 12 + 1
    assert case.due_at == shanghai(2026, 7, 10, 10)
    at.move_to(shanghai(2026, 7, 6, 20))
    case = do("pause", case, cast, cause="evidence", hours=20, note="A photo was asked for.")
    assert (case.time_left, case.due_at) == (38 * HOUR, now() + 20 * HOUR)
    assert (case.clock, case.remind_at) == (Clock.REVIEW, None)
    at.move_to(shanghai(2026, 7, 7, 8))  # at night, before opening
    case = do("resume", case, cast)
    assert (case.time_left, case.due_at) == (None, shanghai(2026, 7, 10, 11))
    pause = Pause.objects.get()
    assert (pause.started_at, pause.ended_at) == (shanghai(2026, 7, 6, 20), now())
    version = case.history.order_by("history_id")[1]
    assert (version.action, version.history_user) == ("pause", cast.staff)
    assert version.history_change_reason == "A photo was asked for."


def test_the_timer_ends_a_pause_that_nobody_ended_and_approves_nothing_meanwhile(
    cast: Cast, at: Any
) -> None:
    case = do("pause", received(cast), cast, cause="evidence")
    due = case.due_at
    assert due == now() + 48 * HOUR
    at.move_to(due - TICK)
    assert expire_deadlines().decided == 0
    at.move_to(due + HOUR)  # the worker is late: the merchant loses nothing by it
    with pytest.raises(WrongState):
        tick("auto_approve", case)
    assert expire_deadlines().decided == 1
    case = fetch(case)
    assert (case.state, case.due_at) == (State.REQUESTED, due + 49 * HOUR)
    assert case.history.latest().action == "auto_resume"
    assert Pause.objects.get().ended_at == now()
    assert expire_deadlines().decided == 0


@pytest.mark.parametrize(
    ("details", "sentence"),
    [
        ({"cause": "stock_check"}, "does not let this clock stand still for that"),
        ({"cause": "holiday"}, "does not let this clock stand still for that"),
        ({"cause": "nonsense"}, "does not let this clock stand still for that"),
        ({"cause": "evidence", "hours": 49}, "48 hours at most"),
        ({"cause": "evidence", "hours": 0}, "48 hours at most"),
        ({"cause": "evidence", "hours": -3}, "48 hours at most"),
    ],
)
def test_a_pause_beyond_the_policy_is_refused_with_a_sentence(
    cast: Cast, at: Any, details: dict[str, Any], sentence: str
) -> None:
    case = received(cast)
    with pytest.raises(BadInput, match=sentence):
        do("pause", case, cast, **details)
    assert (fetch(case).history.count(), Pause.objects.count()) == (1, 0)


def test_a_clock_is_paused_as_often_as_the_policy_says_and_once_at_a_time(
    cast: Cast, at: Any
) -> None:
    case = do("pause", received(cast), cast, cause="evidence")
    with pytest.raises(WrongState):
        do("pause", case, cast, cause="evidence")
    do("resume", case, cast)
    with pytest.raises(WrongState):
        do("pause", case, cast, cause="evidence")


def test_what_has_run_out_is_neither_paused_nor_extended(cast: Cast, at: Any) -> None:
    case = received(cast)
    at.move_to(case.due_at)
    for action, details in (("pause", {"cause": "evidence"}), ("extend", {"hours": 1})):
        with pytest.raises(WrongState):
            do(action, case, cast, **details)


def test_a_decision_ends_the_pause(cast: Cast, at: Any) -> None:
    case = do("pause", received(cast), cast, cause="evidence")
    at.move_to(now() + HOUR)
    case = do("approve", case, cast)
    assert (case.state, case.due_at, case.time_left, case.clock) == (State.REVIEWED, None, None, "")
    assert Pause.objects.get().ended_at == now()


def test_the_buyers_clock_can_wait_for_a_holiday(cast: Cast, at: Any) -> None:
    open_daytime(cast.a)
    case = returned(cast)
    assert case.due_at == now() + 168 * HOUR  # wall time, whenever the store works
    at.move_to(now() + 24 * HOUR)
    case = do("pause", case, cast, cause="holiday", hours=72)
    at.move_to(case.due_at)
    assert expire_deadlines().decided == 1
    case = fetch(case)
    assert (case.state, case.due_at) == (State.AWAITING_RETURN, now() + 144 * HOUR)


# -- Extensions.


def test_an_extension_adds_working_time_and_all_of_them_together_are_limited(
    cast: Cast, at: Any
) -> None:
    open_daytime(cast.a)
    case = received(cast)
    case = do("extend", case, cast, hours=12, note="The supplier has to look.")
    assert (case.due_at, case.extended_hours) == (shanghai(2026, 7, 11, 10), 12)
    assert case.history.latest().history_change_reason == "The supplier has to look."
    with pytest.raises(BadInput, match="12 hours at most"):
        do("extend", case, cast, hours=13)
    case = do("extend", case, cast, hours=12)
    with pytest.raises(WrongState):
        do("extend", case, cast, hours=1)
