"""The two clocks of a case: boundaries, pauses, extensions, offers, and what ends by itself."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine

from backoffice.actors import INSTALLER, TIMER, person, system
from backoffice.audit.recording import recorded
from backoffice.clock import now
from backoffice.exceptions import BackofficeError, BadInput, WrongState
from merchants import calendars
from merchants.models import SpecialDay, Store, WorkingCalendar, WorkingHours
from refunds.clocks import ends, running
from refunds.models import (
    Clock,
    DecidedBy,
    Kind,
    Message,
    Notice,
    Offer,
    Pause,
    Payout,
    RefundCase,
    RejectCode,
    State,
)
from refunds.sweep import expire_deadlines
from refunds.workflow import perform
from tests.cast import Cast
from tests.personal import plain
from tests.refunds.factories import fetch, make_case, make_order

pytestmark = pytest.mark.once

HOUR, TICK = timedelta(hours=1), timedelta(microseconds=1)
FOUR = timedelta(hours=4)


def shanghai(*at: int) -> datetime:
    return datetime(*at, tzinfo=ZoneInfo("Asia/Shanghai")).astimezone(UTC)


@pytest.fixture
def at() -> Iterator[Any]:
    """A clock that stands at Monday, 6 July 2026, 10:00 in Shanghai; ``at.move_to`` moves it."""
    with time_machine.travel(shanghai(2026, 7, 6, 10), tick=False) as traveller:
        yield traveller


def open_daytime(store: Store, **special: bool) -> None:
    """Let ``store`` work from Monday to Saturday, 9 to 21."""
    with recorded(system(INSTALLER), "A calendar for a test."):
        calendar = WorkingCalendar.objects.create(code="day", name="Day", country="CN")
        for weekday in range(6):
            WorkingHours.objects.create(
                calendar=calendar, weekday=weekday, opens=time(9), closes=time(21)
            )
        for day, is_open in special.items():
            day = date.fromisoformat(day.removeprefix("d").replace("_", "-"))
            SpecialDay.objects.create(calendar=calendar, day=day, open=is_open, note="Test")
        store.calendar = calendar
        store.save()


def received(cast: Cast, **request: Any) -> RefundCase:
    """A refund_only case about goods that arrived: 48 hours, one pause for evidence of 48."""
    order = make_order(cast.a, shipped=now() - 9 * HOUR, delivered=now() - HOUR)
    return make_case(order, cast.staff, **request)


def returned(cast: Cast) -> RefundCase:
    """A return that may be sent back."""
    order = make_order(cast.a, shipped=now() - 9 * HOUR, delivered=now() - HOUR)
    case = make_case(order, cast.staff, kind=Kind.RETURN_REFUND)
    return do("approve", case, cast, return_address="1 Any Street")


def do(action: str, case: RefundCase, cast: Cast, **details: Any) -> RefundCase:
    details.setdefault("note", "For a test.")
    return perform(action, case_id=case.pk, actor=person(cast.staff), **details)


def tick(action: str, case: RefundCase) -> RefundCase:
    return perform(action, case_id=case.pk, actor=system(TIMER))


# -- Boundaries.


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


# -- Pauses.


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


# -- Offers.


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


@pytest.mark.parametrize("amount", ["0", "-1", "50.01", "0.001"])
def test_an_impossible_offer_is_refused_with_a_sentence(cast: Cast, at: Any, amount: str) -> None:
    case = received(cast)
    with pytest.raises(BackofficeError, match=r"more than zero and at most the ¥50\.00"):
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


# -- Goods that come back.


def test_an_inspection_runs_from_delivery_and_is_bound_by_the_waybill(cast: Cast, at: Any) -> None:
    case = returned(cast)
    at.move_to(now() + 24 * HOUR)
    case = do("send_back", case, cast, carrier="SF", tracking="SF-1")
    sent = now()
    assert (case.clock, case.due_at, case.remind_at) == (Clock.INSPECT, sent + 240 * HOUR, None)
    at.move_to(sent + 72 * HOUR)
    case = do("receive", case, cast)
    assert case.due_at == now() + 48 * HOUR
    assert case.remind_at == now() + 24 * HOUR


def test_a_parcel_that_arrives_late_leaves_only_what_the_waybill_leaves(
    cast: Cast, at: Any
) -> None:
    case = do("send_back", returned(cast), cast, carrier="SF", tracking="SF-1")
    sent = now()
    at.move_to(sent + 220 * HOUR)
    case = do("receive", case, cast)
    assert case.due_at == sent + 240 * HOUR


def test_a_disputed_inspection_never_passes_the_limits(cast: Cast, at: Any) -> None:
    case = do("send_back", returned(cast), cast, carrier="SF", tracking="SF-1")
    sent = now()
    at.move_to(sent + 200 * HOUR)
    case = do("receive", case, cast)
    case = do("pause", case, cast, cause="dispute")  # 72 hours by the policy
    assert case.due_at == sent + 240 * HOUR
    at.move_to(case.due_at)
    expire_deadlines()
    assert fetch(case).due_at == now()
    expire_deadlines()
    assert fetch(case).state == State.REVIEWED


# -- What ends by itself.


def reject(cast: Cast, case: RefundCase) -> RefundCase:
    return do("reject", case, cast, code=RejectCode.objects.get(code="R05"))


def test_a_rejection_that_nobody_escalates_is_closed(cast: Cast, at: Any) -> None:
    case = reject(cast, received(cast))
    assert (case.clock, case.due_at) == (Clock.ESCALATE, now() + 168 * HOUR)
    at.move_to(case.due_at - TICK)
    assert expire_deadlines().decided == 0
    at.move_to(case.due_at)
    assert expire_deadlines().decided == 1
    case = fetch(case)
    assert (case.state, case.clock, case.closed_at) == (State.REJECTED, "", now())
    assert case.history.latest().action == "close"
    with pytest.raises(WrongState):
        do("escalate", case, cast, claim="Still not right.")


def test_a_verdict_that_nobody_appeals_stands(cast: Cast, at: Any) -> None:
    case = do("escalate", reject(cast, received(cast)), cast, claim="It is broken.")
    assert case.clock == Clock.ARBITRATE
    perform(
        "uphold",
        case_id=case.pk,
        actor=person(cast.platform),
        grounds="The photo shows it.",
        note="The photo shows it.",
    )
    case = fetch(case)
    assert case.clock == Clock.APPEAL
    at.move_to(case.due_at)
    assert expire_deadlines().decided == 1
    case = fetch(case)
    assert (case.clock, case.disputes.get().closed_at) == ("", now())


def test_no_timer_decides_a_dispute(cast: Cast, at: Any) -> None:
    case = do("escalate", reject(cast, received(cast)), cast, claim="It is broken.")
    at.move_to(case.due_at + 1000 * HOUR)
    assert expire_deadlines().decided == 0
    assert ends.action_for(case) is None


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
