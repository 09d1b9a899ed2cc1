"""The two clocks of a case: when it is due, to the instant, by the store's hours and the channel's bound."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from backoffice.actors import INSTALLER, system
from backoffice.audit.recording import recorded
from backoffice.clock import now
from backoffice.exceptions import WrongState
from merchants import calendars
from refunds.clocks import running
from refunds.models import Clock, DecidedBy
from refunds.sweep import expire_deadlines
from tests.cast import Cast
from tests.refunds.clocks.waiting import (
    FOUR,
    HOUR,
    TICK,
    do,
    open_daytime,
    received,
    shanghai,
    tick,
)
from tests.refunds.factories import fetch, make_case, make_order

pytestmark = pytest.mark.once


@pytest.mark.parametrize("early", [TICK, timedelta(seconds=1), HOUR])
def test_the_timer_is_eligible_at_exactly_the_deadline_and_not_before(
    cast: Cast, at: Any, early: timedelta
) -> None:
    case = make_case(make_order(cast.a), cast.staff)
    assert case.due_at == now() + 24 * HOUR
    at.move_to(case.due_at - early)
    assert expire_deadlines().decided == 0
    with pytest.raises(WrongState):
        tick("auto_approve", case)
    at.move_to(case.due_at)
    assert expire_deadlines().decided == 1
    assert fetch(case).decided_by == DecidedBy.TIMER


def test_the_stores_clock_counts_its_working_time(cast: Cast, at: Any) -> None:
    open_daytime(cast.a)
    case = make_case(make_order(cast.a), cast.staff)  # 24 hours: 11 today, 12, 1
    assert case.due_at == shanghai(2026, 7, 8, 10)


def test_a_clock_runs_over_a_golden_week_and_a_special_day(cast: Cast, at: Any) -> None:
    at.move_to(shanghai(2026, 9, 30, 20))
    open_daytime(cast.a, d2026_10_08=False)
    case = make_case(make_order(cast.a), cast.staff)
    # One hour on 30 September, closed until the 8th; 12 on the 9th, 11 on the worked Saturday.
    assert case.due_at == shanghai(2026, 10, 10, 20)


@pytest.mark.parametrize(
    ("day", "hour"), [((2026, 3, 28), 13), ((2026, 10, 24), 11), ((2026, 6, 6), 12)]
)
def test_hours_are_hours_when_the_clocks_change(
    cast: Cast, at: Any, day: tuple[int, int, int], hour: int
) -> None:
    """Without a calendar 24 hours are 24 hours, though Berlin's day has 23 or 25 of them."""
    berlin = ZoneInfo("Europe/Berlin")
    with recorded(system(INSTALLER), "For a test."):
        cast.a.time_zone = "Europe/Berlin"
        cast.a.save()
    at.move_to(datetime(*day, 12, tzinfo=berlin))
    case = make_case(make_order(cast.a), cast.staff)
    assert case.due_at == now() + 24 * HOUR
    assert case.due_at.astimezone(berlin).hour == hour


def test_a_leap_day_is_a_day(cast: Cast, at: Any) -> None:
    open_daytime(cast.a)
    at.move_to(shanghai(2028, 2, 28, 20))
    assert make_case(make_order(cast.a), cast.staff).due_at == shanghai(2028, 3, 1, 20)


# -- The channel's clock.


def test_the_review_ends_four_hours_before_the_channels_deadline(cast: Cast, at: Any) -> None:
    channel = now() + 20 * HOUR
    case = make_case(make_order(cast.a), cast.staff, channel_due_at=channel)
    assert case.due_at == channel - FOUR


@pytest.mark.parametrize("left", [3 * HOUR, FOUR, -HOUR])
def test_with_less_than_four_hours_left_the_case_is_due_at_once(
    cast: Cast, at: Any, left: timedelta
) -> None:
    case = make_case(make_order(cast.a), cast.staff, channel_due_at=now() + left)
    assert case.due_at == now()
    assert case.remind_at is None
    with pytest.raises(WrongState):
        do("pause", received(cast, channel_due_at=now() + left), cast, cause="evidence")


def test_no_pause_and_no_extension_passes_the_channels_bound(cast: Cast, at: Any) -> None:
    channel = now() + 72 * HOUR
    case = received(cast, channel_due_at=channel)
    case = do("extend", case, cast, hours=23)
    assert case.due_at == channel - FOUR  # 48 + 23 would be 71
    with pytest.raises(WrongState):
        do("extend", case, cast, hours=1)
    at.move_to(now() + 30 * HOUR)
    case = do("pause", case, cast, cause="evidence")
    assert case.due_at == channel - FOUR
    at.move_to(channel - FOUR)
    assert expire_deadlines().decided == 1  # the pause ends …
    case = fetch(case)
    assert (case.due_at, case.time_left) == (channel - FOUR, None)
    assert expire_deadlines().held == 1  # … and so does the review: the policy wants a person


# -- What it costs.


def test_starting_a_clock_reads_the_calendar_once(
    cast: Cast, at: Any, django_assert_num_queries: pytest.FixtureRequest
) -> None:
    open_daytime(cast.a)
    case = fetch(received(cast))
    assert case.store.calendar is not None
    with django_assert_num_queries(2):  # its hours and its special days
        running.start(case, Clock.REVIEW, 48)


def test_a_calendar_is_not_read_where_there_is_none(
    cast: Cast, at: Any, django_assert_num_queries: pytest.FixtureRequest
) -> None:
    case = received(cast)
    with django_assert_num_queries(0):
        assert calendars.between(case.store, now(), now() + HOUR) == HOUR
