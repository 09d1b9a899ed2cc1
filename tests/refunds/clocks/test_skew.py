"""Clocks that disagree: a worker or a web machine an hour off takes no time away from anybody."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import transaction

from backoffice import clock
from backoffice.actors import INSTALLER, TIMER, person, system
from backoffice.audit.recording import recorded
from backoffice.exceptions import WrongState
from refunds.clocks.reminders import send_reminders
from refunds.deciding import daily_cap
from refunds.desk import reopening
from refunds.disputes.finality import close_final_verdicts
from refunds.exceptions import HeldForPerson
from refunds.models import Notice, Payout, RefundCase, RefundPolicy, State
from refunds.policies import Scope
from refunds.sweep import expire_deadlines
from refunds.workflow import perform
from tests.cast import Cast
from tests.refunds.disputes import dispute_of, rejected, upheld
from tests.refunds.factories import fetch, make_case, make_order
from tests.refunds.policies import change
from tests.refunds.requests.files import load, row, table

HOUR, TICK = timedelta(hours=1), timedelta(microseconds=1)
NOON = datetime(2026, 7, 6, 12, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")


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


class Window(NamedTuple):
    """Something that a person may do until a moment, and what the timer does from then on."""

    opened: Callable[[Cast], RefundCase]
    person: str
    action: str
    words: dict[str, str]
    timer: str

    def start(self, cast: Cast, clocks: Clocks) -> RefundCase:
        """The case, with the week of its window begun."""
        case = self.opened(cast)
        assert case.due_at == clocks.machine + 7 * 24 * HOUR
        return case

    def person_may(self, cast: Cast, case: RefundCase) -> bool:
        """Whether the person gets through, with nothing kept of it."""
        actor = person(cast.people[self.person])
        try:
            with transaction.atomic():
                perform(self.action, case_id=case.pk, actor=actor, **self.words)
                transaction.set_rollback(True)
        except WrongState:
            return False
        return True

    def timer_may(self, case: RefundCase) -> bool:
        """The same of the timer."""
        try:
            with transaction.atomic():
                perform(self.timer, case_id=case.pk, actor=system(TIMER))
                transaction.set_rollback(True)
        except WrongState:
            return False
        return True


ESCALATION = Window(rejected, "staff", "escalate", {"claim": "It never worked."}, "close")
APPEAL = Window(upheld, "manager", "appeal", {"words": "Another lamp."}, "let_stand")
both_windows = pytest.mark.parametrize("window", [ESCALATION, APPEAL], ids=["escalate", "appeal"])


@both_windows
@pytest.mark.parametrize("skew", [-HOUR, timedelta(0), HOUR])
def test_a_window_ends_for_the_person_at_the_moment_at_which_the_timer_may_close_it(
    cast: Cast, clocks: Clocks, window: Window, skew: timedelta
) -> None:
    """By the slower of the two clocks, whichever that is: nobody loses an hour, nobody has both."""
    case = window.start(cast, clocks)
    for early, is_open in ((TICK, True), (timedelta(0), False)):
        slower = case.due_at - early
        clocks.machine, clocks.database = (
            slower + max(skew, timedelta(0)),
            slower - min(skew, timedelta(0)),
        )
        assert window.person_may(cast, case) is is_open
        assert window.timer_may(case) is not is_open


@both_windows
@pytest.mark.parametrize("skew", [-HOUR, HOUR])
def test_a_window_that_begins_on_a_machine_that_is_off_is_never_too_short(
    cast: Cast, clocks: Clocks, window: Window, skew: timedelta
) -> None:
    clocks.machine = NOON + skew
    case = window.opened(cast)
    assert NOON + 7 * 24 * HOUR <= case.due_at <= NOON + (7 * 24 + 1) * HOUR


@both_windows
@pytest.mark.parametrize(
    ("begin", "end"),
    [
        (datetime(2026, 10, 22, 12, tzinfo=BERLIN), datetime(2026, 10, 29, 11, tzinfo=BERLIN)),
        (datetime(2027, 3, 25, 12, tzinfo=BERLIN), datetime(2027, 4, 1, 13, tzinfo=BERLIN)),
        (datetime(2028, 2, 25, 12, tzinfo=BERLIN), datetime(2028, 3, 3, 12, tzinfo=BERLIN)),
        (datetime(2027, 2, 25, 12, tzinfo=BERLIN), datetime(2027, 3, 4, 12, tzinfo=BERLIN)),
    ],
    ids=["an hour twice", "an hour left out", "leap year", "common year"],
)
def test_a_window_of_a_week_is_168_hours_whatever_the_calendar_does(
    cast: Cast, clocks: Clocks, window: Window, begin: datetime, end: datetime
) -> None:
    with recorded(system(INSTALLER), "For a test."):
        cast.a.time_zone = "Europe/Berlin"
        cast.a.save()
    clocks.both(begin.astimezone(UTC))
    case = window.start(cast, clocks)
    end = end.astimezone(UTC)
    assert case.due_at == end
    clocks.both(end - TICK)
    assert window.person_may(cast, case)
    clocks.both(end)
    assert window.timer_may(case)
    assert not window.person_may(cast, case)


@pytest.mark.parametrize("skew", [-HOUR, HOUR])
def test_the_verdict_of_a_paid_case_is_final_by_the_slower_clock(
    cast: Cast, clocks: Clocks, skew: timedelta
) -> None:
    case = upheld(cast)
    until = dispute_of(case).appeal_until
    with recorded(system(INSTALLER), "Paid, and so without a clock."):
        case.clock, case.due_at, case.clock_started_at = "", None, None
        case.remind_at = None
        case.save()
    clocks.machine, clocks.database = sorted([until - TICK, until - TICK + HOUR])[
        :: int(skew / HOUR)
    ]
    assert close_final_verdicts() == 0
    clocks.both(until)
    assert close_final_verdicts() == 1


@pytest.mark.parametrize("ahead", ["machine", "database"])
def test_a_case_may_be_reopened_until_its_last_day_is_over_by_both_clocks(
    cast: Cast, clocks: Clocks, ahead: str
) -> None:
    case = make_case(make_order(cast.a, shipped=NOON, delivered=NOON), cast.staff)
    perform("withdraw", case_id=case.pk, actor=person(cast.staff))
    over = datetime(2026, 7, 22, tzinfo=ZoneInfo(cast.a.time_zone))  # fifteen days after receipt
    clocks.both(over - TICK)
    setattr(clocks, ahead, over + HOUR)
    assert reopening.may_reopen(fetch(case))
    clocks.both(over)
    assert not reopening.may_reopen(fetch(case))


def test_a_parcel_that_is_noted_on_a_machine_that_is_behind_leaves_all_the_time_to_inspect(
    cast: Cast, clocks: Clocks
) -> None:
    order = make_order(cast.a, shipped=NOON, delivered=NOON)
    case = make_case(order, cast.staff, kind="return_refund")
    perform("approve", case_id=case.pk, actor=person(cast.staff))
    clocks.database += HOUR
    perform("receive", case_id=case.pk, actor=person(cast.staff), carrier="SF", tracking="SF-1")
    assert fetch(case).due_at == clocks.database + 48 * HOUR


def by_the_channel(cast: Cast) -> RefundPolicy:
    """Store A's own policy: a day, and twenty hours by the channel."""
    scope = Scope("refund_only", stage="not_shipped", store_id=cast.a.pk)
    return change(cast.platform, scope, review_hours=24, channel_hours=20)


@pytest.mark.parametrize("skew", [-HOUR, HOUR])
@pytest.mark.parametrize("way", ["asked", "in a file", "reopened"])
def test_a_machine_that_is_off_moves_neither_the_channels_deadline_nor_the_end_before_it(
    cast: Cast, clocks: Clocks, way: str, skew: timedelta
) -> None:
    by_the_channel(cast)
    if way == "reopened":
        case = make_case(make_order(cast.a), cast.staff)
        perform("withdraw", case_id=case.pk, actor=person(cast.staff))
        clocks.machine = NOON + skew
        perform("reopen", case_id=case.pk, actor=person(cast.supervisor), note="Again.")
    elif way == "in a file":
        order = make_order(cast.a)
        clocks.machine = NOON + skew
        load(cast.a, table(row(order)))
    else:
        clocks.machine = NOON + skew
        make_case(make_order(cast.a), cast.staff)
    case = RefundCase.objects.get()
    assert (case.requested_at, case.channel_due_at) == (NOON, NOON + 20 * HOUR)
    assert case.due_at == NOON + 16 * HOUR


@pytest.mark.parametrize("way", ["asked", "in a file"])
def test_a_machine_that_is_ahead_goes_by_no_policy_that_has_not_begun(
    cast: Cast, clocks: Clocks, way: str
) -> None:
    now = by_the_channel(cast)
    change(cast.platform, Scope.of(now), start=NOON + HOUR / 2, review_hours=1)
    order = make_order(cast.a)
    clocks.machine = NOON + HOUR
    if way == "asked":
        make_case(order, cast.staff)
    else:
        load(cast.a, table(row(order)))
    assert RefundCase.objects.get().policy == now


@pytest.mark.parametrize("skew", [-HOUR, timedelta(0), HOUR])
def test_a_worker_that_is_off_finds_no_room_of_a_day_that_has_not_begun(
    cast: Cast, clocks: Clocks, skew: timedelta
) -> None:
    with recorded(system(INSTALLER), "For a test."):
        cast.a.daily_cap_count = 1
        cast.a.save()
    midnight = datetime(2026, 7, 8, tzinfo=ZoneInfo(cast.a.time_zone)).astimezone(UTC)
    first, second = (make_case(make_order(cast.a), cast.staff) for _n in range(2))
    clocks.both(midnight - HOUR)
    perform("auto_approve", case_id=first.pk, actor=system(TIMER))
    clocks.both(midnight - HOUR / 2)
    clocks.machine += skew
    assert daily_cap.rooms([cast.a.pk])[cast.a.pk].cases == 0
    with pytest.raises(HeldForPerson):
        perform("auto_approve", case_id=second.pk, actor=system(TIMER))
    clocks.both(midnight)
    perform("auto_approve", case_id=second.pk, actor=system(TIMER))


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
