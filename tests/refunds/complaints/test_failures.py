"""One bad complaint stops no other, is never escalated by accident, and ends with a person."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import OperationalError, connection
from django.test import Client
from django.urls import reverse

from backoffice.actors import TIMER, person, system
from backoffice.audit.verify import verify
from backoffice.exceptions import WrongState
from refunds.complaints import clocks, escalating, reminders
from refunds.complaints.reminders import remind_of_complaints
from refunds.complaints.ticking import look_at_complaints
from refunds.models import Complaint, Notice, RefundCase
from refunds.workflow import perform
from tests.cast import Cast
from tests.refunds.factories import fetch, make_case, make_order

START = datetime(2026, 7, 6, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)
DEFECT = ZeroDivisionError("a defect")


@pytest.fixture
def at() -> Any:
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


@pytest.fixture
def bad(cast: Cast, at: Any) -> Complaint:
    return complain(cast)


def complain(cast: Cast) -> Complaint:
    case = make_case(make_order(cast.a), cast.staff)
    perform("complain", case_id=case.pk, actor=person(cast.staff), words="Nobody answers.")
    return Complaint.objects.get(case=case)


def now(complaint: Complaint) -> Complaint:
    return Complaint.objects.get(pk=complaint.pk)


def break_at(monkeypatch: pytest.MonkeyPatch, bad: Complaint, error: Exception) -> None:
    """Let every notice about the case fail, and with it what the timer tells people."""
    tell, keep = escalating.notices.tell, reminders.notices.keep

    def told(*, case: RefundCase, **details: Any) -> None:
        if case.pk == bad.case_id:
            raise error
        tell(case=case, **details)

    def kept(notices: Any) -> None:
        rows = list(notices)
        if any(notice.case_id == bad.case_id for notice in rows):
            raise error
        keep(rows)

    monkeypatch.setattr(escalating.notices, "tell", told)
    monkeypatch.setattr(reminders.notices, "keep", kept)


def test_after_three_failures_a_complaint_is_left_to_people(
    cast: Cast, bad: Complaint, at: Any, monkeypatch: pytest.MonkeyPatch, client: Client
) -> None:
    good = complain(cast)
    break_at(monkeypatch, bad, DEFECT)
    at.shift(2 * HOUR)
    for attempt in (1, 2, 3):
        assert look_at_complaints() == (attempt == 1)
        assert (now(bad).failures, now(bad).missed) == (attempt, 0)
    assert now(good).missed == 1
    version = now(bad).history.latest("history_id")
    assert (version.action, version.history_user.username) == ("count_complaint_failure", TIMER)

    before = fetch(bad.case).version
    monkeypatch.undo()
    assert look_at_complaints() == 0
    with pytest.raises(WrongState):
        perform("escalate_complaint", case_id=bad.case_id, actor=system(TIMER))
    assert (fetch(bad.case).version, now(bad).missed) == (before, 0)

    client.force_login(cast.staff)
    page = client.get(reverse("admin:refunds_refundcase_change", args=[bad.case_id]))
    assert "leaves it alone until somebody goes on" in page.content.decode()
    assert "Given up by the timer" in client.get(reverse("admin:index")).content.decode()
    for model, query in (("complaint", "standing"), ("refundcase", "held")):
        listed = client.get(reverse(f"admin:refunds_{model}_changelist"), {query: "failed"})
        assert bad.case.number in listed.content.decode()
        assert good.case.number not in listed.content.decode()

    perform("acknowledge_complaint", case_id=bad.case_id, actor=person(cast.staff))
    assert now(bad).failures == 0
    at.shift(22 * HOUR)
    look_at_complaints()
    assert (now(bad).missed, now(bad).failures) == (2, 0)  # the timer looks at it again
    assert verify().findings == []


def test_one_that_waits_for_the_buyer_is_given_up_too(
    cast: Cast, bad: Complaint, at: Any, monkeypatch: pytest.MonkeyPatch
) -> None:

    perform("await_buyer", case_id=bad.case_id, actor=person(cast.staff), hours=3)
    at.shift(3 * HOUR)

    def broken(complaint: Complaint) -> None:
        raise DEFECT

    monkeypatch.setattr(clocks, "go_on", broken)
    for _tick in range(4):
        assert look_at_complaints() == 0
    assert (now(bad).failures, now(bad).paused_at) == (3, START)
    monkeypatch.undo()
    assert look_at_complaints() == 0
    perform("buyer_answered", case_id=bad.case_id, actor=person(cast.staff))
    assert (now(bad).failures, now(bad).paused_at) == (0, None)


def test_one_bad_complaint_keeps_no_reminder_from_the_others(
    cast: Cast, bad: Complaint, at: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    others = [complain(cast) for _ in range(3)]
    break_at(monkeypatch, bad, DEFECT)
    at.shift(HOUR)
    assert remind_of_complaints() == len(others)
    told = Notice.objects.filter(recipient=cast.staff, kind="half")
    assert set(told.values_list("case", flat=True)) == {row.case_id for row in others}
    assert [remind_of_complaints() for _tick in range(3)] == [0, 0, 0]
    assert (now(bad).failures, now(bad).reminders) == (3, 0)


def test_a_locks_failure_is_not_the_complaints(
    cast: Cast, bad: Complaint, at: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_at(monkeypatch, bad, OperationalError("canceling statement due to lock timeout"))
    at.shift(2 * HOUR)
    for _tick in range(4):
        look_at_complaints()
        remind_of_complaints()
    assert now(bad).failures == 0
    monkeypatch.undo()
    assert look_at_complaints() == 1


def test_a_database_that_is_gone_ends_the_look(
    cast: Cast, bad: Complaint, at: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_at(monkeypatch, bad, OperationalError("server closed the connection unexpectedly"))
    monkeypatch.setattr(connection, "is_usable", lambda: False)
    at.shift(2 * HOUR)
    for look in (look_at_complaints, remind_of_complaints):
        with pytest.raises(OperationalError):
            look()
