"""Clocks that disagree: a worker or a web machine an hour off takes no time away from anybody."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from backoffice import clock
from backoffice.actors import TIMER, person, system
from backoffice.exceptions import WrongState
from refunds.clocks.reminders import send_reminders
from refunds.models import Notice, Payout, RefundCase, State
from refunds.sweep import expire_deadlines
from refunds.workflow import perform
from tests.cast import Cast
from tests.refunds.factories import fetch, make_case, make_order

HOUR, TICK = timedelta(hours=1), timedelta(microseconds=1)
NOON = datetime(2026, 7, 6, 12, tzinfo=UTC)


class Clocks:
    """This machine's time and the database's, each set by the test."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.machine = self.database = NOON
        patch.setattr(clock, "now", lambda: self.machine)
        patch.setattr(clock, "database_now", lambda: self.database)

    def both(self, at: datetime) -> None:
        self.machine = self.database = at


@pytest.fixture
def clocks(monkeypatch: pytest.MonkeyPatch) -> Clocks:
    return Clocks(monkeypatch)


@pytest.fixture
def case(cast: Cast, clocks: Clocks) -> RefundCase:
    """Due in 24 hours."""
    return make_case(make_order(cast.a), cast.staff)


def test_a_worker_an_hour_ahead_approves_nothing_early(case: RefundCase, clocks: Clocks) -> None:
    clocks.database = case.due_at - TICK
    clocks.machine = clocks.database + HOUR
    assert expire_deadlines().decided == 0
    with pytest.raises(WrongState):
        perform("auto_approve", case_id=case.pk, actor=system(TIMER))
    clocks.database = case.due_at
    assert expire_deadlines().decided == 1


def test_a_worker_an_hour_behind_is_merely_late(case: RefundCase, clocks: Clocks) -> None:
    clocks.database = case.due_at + HOUR - TICK
    clocks.machine = case.due_at - TICK
    assert expire_deadlines().decided == 0
    clocks.both(case.due_at)
    assert expire_deadlines().decided == 1


def test_a_database_an_hour_ahead_approves_nothing_early_either(
    case: RefundCase, clocks: Clocks
) -> None:
    clocks.machine = case.due_at - TICK
    clocks.database = clocks.machine + HOUR
    assert expire_deadlines().decided == 0


def test_reminders_are_not_early_either(case: RefundCase, clocks: Clocks) -> None:
    clocks.database = case.remind_at - TICK
    clocks.machine = clocks.database + HOUR
    assert send_reminders() == 0
    assert not Notice.objects.exists()


@pytest.mark.parametrize("skew", [-HOUR, HOUR])
def test_a_clock_started_on_a_machine_that_is_off_is_never_too_short(
    cast: Cast, clocks: Clocks, skew: timedelta
) -> None:
    clocks.machine = NOON + skew
    case = make_case(make_order(cast.a), cast.staff)
    assert case.due_at >= NOON + 24 * HOUR
    assert case.due_at <= NOON + 25 * HOUR


@pytest.mark.parametrize("skew", [-HOUR, HOUR])
def test_a_clock_that_goes_on_where_time_is_off_keeps_what_was_left(
    cast: Cast, clocks: Clocks, skew: timedelta
) -> None:
    order = make_order(cast.a, shipped=NOON, delivered=NOON)
    case = make_case(order, cast.staff)  # 48 hours
    case = perform("pause", case_id=case.pk, actor=person(cast.staff), cause="evidence", hours=10)
    clocks.database = NOON + 10 * HOUR
    clocks.machine = clocks.database + skew
    expire_deadlines()
    clocks.machine = max(clocks.machine, clocks.database)
    expire_deadlines()
    case = fetch(case)
    assert (case.state, case.time_left) == (State.REQUESTED, None)
    assert case.due_at >= NOON + 58 * HOUR


@pytest.mark.postgres
@pytest.mark.django_db
def test_postgresql_tells_its_own_time_to_a_worker_that_is_ahead(cast: Cast, settings: Any) -> None:
    settings.DATABASE_CLOCK = True
    before = clock.now()
    case = make_case(make_order(cast.a), cast.staff)
    with time_machine.travel(case.due_at + HOUR):  # a day and an hour ahead of PostgreSQL
        assert before - HOUR < clock.trusted_now() < before + HOUR
        assert expire_deadlines().decided == 0
        assert fetch(case).state == State.REQUESTED
    assert not Payout.objects.exists()
