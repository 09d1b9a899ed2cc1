"""Three deadlines of a complaint, each of which takes what is late to a supervisor."""

from datetime import time, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from backoffice import clock
from backoffice.actors import INSTALLER, TIMER, system
from backoffice.audit.recording import recorded
from backoffice.exceptions import BadInput, NotAllowed, WrongState
from merchants.models import WorkingCalendar, WorkingHours
from refunds.complaints import ticking
from refunds.complaints.reminders import remind_of_complaints
from refunds.complaints.ticking import look_at_complaints
from refunds.models import Notice, RefundCase
from refunds.policies import Scope
from refunds.workflow import perform
from tests.cast import Cast
from tests.refunds.complaints.filing import HOUR, START, TICK, act, complaint_of, do, filed
from tests.refunds.factories import fetch, make_case, make_order
from tests.refunds.policies import UNSHIPPED, change

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("steps", "hours"),
    [
        ([], 2),
        ([("acknowledge_complaint", {})], 24),
        ([("answer_complaint", {"words": "Found."})], 72),
    ],
    ids=["acknowledge", "answer", "resolve"],
)
def test_at_exactly_each_deadline_the_complaint_goes_to_the_supervisors(
    cast: Cast, case: RefundCase, at: Any, steps: list[tuple[str, Any]], hours: int
) -> None:
    filed(case, cast.staff)
    for action, details in steps:
        act(case, cast.staff, action, **details)
    at.move_to(START + hours * HOUR - TICK)
    assert look_at_complaints() == 0
    at.move_to(START + hours * HOUR)
    assert look_at_complaints() == 1
    assert look_at_complaints() == 0
    complaint = complaint_of(case)
    assert complaint.escalated_at == START + hours * HOUR
    told = Notice.objects.filter(kind="escalated")
    assert {n.recipient for n in told} == {cast.supervisor, cast.manager, cast.manager2}
    version = complaint.history.latest("history_id")
    assert (version.action, version.history_user.username) == ("escalate_complaint", TIMER)


def test_what_was_escalated_is_for_supervisors(
    client: Client, cast: Cast, case: RefundCase, at: Any
) -> None:
    filed(case, cast.staff)
    at.shift(2 * HOUR)
    look_at_complaints()
    client.force_login(cast.staff)
    form = {"version": fetch(case).version, "words": "Sorry."}
    response = client.post(do(case, "answer_complaint"), form)
    assert response.status_code == 403
    assert "a supervisor has to go on with it" in response.content.decode()
    with pytest.raises(NotAllowed):
        act(case, cast.staff, "await_buyer")
    assert act(case, cast.supervisor, "answer_complaint", words="Sorry.").state == "answered"


def test_a_complaint_that_nobody_touches_is_escalated_once_at_each_deadline(
    cast: Cast, case: RefundCase, at: Any
) -> None:
    filed(case, cast.staff)
    for hours, missed in ((2, 1), (24, 2), (72, 3), (200, 3)):
        at.move_to(START + hours * HOUR)
        look_at_complaints()
        look_at_complaints()
        assert complaint_of(case).missed == missed
    assert Notice.objects.filter(kind="escalated", recipient=cast.supervisor).count() == 3
    act(case, cast.manager, "answer_complaint", words="We are late.")
    assert act(
        case, cast.manager, "resolve_complaint", outcome="justified", words="Sorry."
    ).closed_at


def test_after_an_outage_every_deadline_that_was_missed_is_told(
    cast: Cast, case: RefundCase, at: Any
) -> None:
    filed(case, cast.staff)
    at.shift(90 * HOUR)
    assert [look_at_complaints() for _tick in range(2)] == [3, 0]
    assert complaint_of(case).missed == 3
    assert Notice.objects.filter(kind="escalated", recipient=cast.supervisor).count() == 3


def test_waiting_for_the_buyer_moves_every_deadline_that_is_left(
    cast: Cast, case: RefundCase, at: Any
) -> None:
    filed(case, cast.staff)
    act(case, cast.staff, "acknowledge_complaint")
    at.shift(4 * HOUR)
    complaint = act(case, cast.staff, "await_buyer", hours=10, note="Which parcel?")
    assert complaint.due_at == START + 14 * HOUR
    at.shift(5 * HOUR)
    complaint = act(case, cast.staff, "buyer_answered")
    assert complaint.deadlines == [START + hours * HOUR for hours in (2, 29, 77)]
    assert (complaint.due_at, complaint.paused) == (START + 29 * HOUR, 5 * HOUR)


def test_it_waits_for_the_buyer_for_48_hours_in_all_and_then_goes_on_by_itself(
    cast: Cast, case: RefundCase, at: Any
) -> None:
    filed(case, cast.staff)
    act(case, cast.staff, "await_buyer", hours=20)
    at.shift(20 * HOUR - TICK)
    assert look_at_complaints() == 0
    at.shift(TICK)
    assert look_at_complaints() == 1
    complaint = complaint_of(case)
    assert (complaint.paused, complaint.due_at) == (20 * HOUR, START + 22 * HOUR)
    with pytest.raises(BadInput, match="for 28 hours more"):
        act(case, cast.staff, "await_buyer", hours=29)
    act(case, cast.staff, "await_buyer")
    at.shift(28 * HOUR)
    assert look_at_complaints() == 1
    with pytest.raises(WrongState):
        act(case, cast.staff, "await_buyer", hours=1)
    assert not complaint_of(case).missed


def test_what_is_late_can_no_longer_wait_for_the_buyer(
    cast: Cast, case: RefundCase, at: Any
) -> None:
    filed(case, cast.staff)
    at.shift(2 * HOUR)
    with pytest.raises(WrongState):
        act(case, cast.manager, "await_buyer")


def test_the_deadlines_count_the_store_s_working_time(
    cast: Cast, case: RefundCase, at: Any
) -> None:
    with recorded(system(INSTALLER), "For a test."):
        calendar = WorkingCalendar.objects.create(code="day", name="Day")
        for weekday in range(7):
            WorkingHours.objects.create(
                calendar=calendar,
                weekday=weekday,
                opens=time(9),
                closes=time(21),
            )
        cast.a.calendar = calendar
        cast.a.save()
    at.move_to(START + 10 * HOUR)  # eight in the evening
    complaint = filed(case, cast.staff)
    assert complaint.acknowledge_by == START + 24 * HOUR  # one hour today, one tomorrow at ten


def test_the_hours_come_from_the_case_s_own_version_of_the_policy(
    cast: Cast, case: RefundCase, at: Any
) -> None:
    change(
        cast.platform,
        Scope(**UNSHIPPED),
        complaint_acknowledge_hours=1,
        complaint_answer_hours=5,
        complaint_resolve_hours=9,
    )
    assert filed(case, cast.staff).deadlines[0] == START + 2 * HOUR
    other = make_case(make_order(cast.a), cast.staff)
    assert filed(other, cast.staff).deadlines == [START + h * HOUR for h in (1, 5, 9)]


@pytest.mark.parametrize("skew", [-HOUR, HOUR])
def test_no_clock_that_is_off_escalates_early_or_begins_short(
    cast: Cast, case: RefundCase, monkeypatch: pytest.MonkeyPatch, skew: timedelta
) -> None:
    monkeypatch.setattr(clock, "database_now", lambda: clock.now() - skew)
    begun = max(clock.now(), clock.now() - skew)
    complaint = filed(case, cast.staff)
    assert complaint.due_at == begun + 2 * HOUR
    slower = complaint.due_at - TICK + max(skew, timedelta(0))
    with time_machine.travel(slower, tick=False):
        assert look_at_complaints() == 0
        with pytest.raises(WrongState):
            perform("escalate_complaint", case_id=case.pk, actor=system(TIMER))
    with time_machine.travel(slower + TICK, tick=False):
        assert look_at_complaints() == 1


def test_reminders_come_at_half_and_four_fifths_and_once(
    cast: Cast, case: RefundCase, at: Any
) -> None:
    filed(case, cast.staff)
    for minutes, told in ((59, []), (60, ["half"]), (95, ["half"]), (96, ["half", "late"])):
        at.move_to(START + timedelta(minutes=minutes))
        remind_of_complaints()
        remind_of_complaints()
        kinds = Notice.objects.filter(recipient=cast.staff).order_by("pk")
        assert list(kinds.values_list("kind", flat=True)) == told
    at.shift(HOUR)
    look_at_complaints()  # from here on the supervisors are reminded
    at.shift(15 * HOUR)
    remind_of_complaints()
    assert Notice.objects.filter(recipient=cast.staff).count() == 2


def test_one_bad_complaint_stops_no_other(
    cast: Cast, case: RefundCase, at: Any, monkeypatch: pytest.MonkeyPatch
) -> None:

    filed(case, cast.staff)
    good = make_case(make_order(cast.a), cast.staff)
    filed(good, cast.staff)
    at.shift(2 * HOUR)
    whole = ticking.perform

    def broken(action: str, *, case_id: int, **details: Any) -> RefundCase:
        if case_id == case.pk:
            raise ZeroDivisionError
        return whole(action, case_id=case_id, **details)

    monkeypatch.setattr(ticking, "perform", broken)
    assert look_at_complaints() == 1
    assert (complaint_of(case).missed, complaint_of(good).missed) == (0, 1)
