"""One bad case stops no other, is never approved by accident, and ends with a person."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from django.urls import reverse

from backoffice.actors import person
from refunds import quarantine
from refunds.deciding import decisions
from refunds.models import Payout, RefundCase, State
from refunds.payouts import queueing
from refunds.sweep import Sweep, expire_deadlines, together
from refunds.workflow import perform
from tests.cast import Cast
from tests.refunds.factories import fetch
from tests.refunds.many import make_overdue


class Broken(Exception):
    """A defect."""


def break_at(monkeypatch: pytest.MonkeyPatch, bad: int, error: Exception) -> None:
    """Let every approval that the case is part of fail."""
    approve_set, queue = together.approve_set, queueing.queue

    def set_based(case_ids: Any) -> None:
        approve_set(case_ids)
        if bad in case_ids:
            raise error

    def single(case: RefundCase) -> Any:
        if case.pk == bad:
            raise error
        return queue(case)

    monkeypatch.setattr(together, "approve_set", set_based)
    monkeypatch.setattr(decisions.queueing, "queue", single)


def test_one_bad_case_stops_no_other_and_is_never_approved(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = make_overdue([cast.a], 40)
    break_at(monkeypatch, ids[17], Broken())
    assert expire_deadlines() == Sweep(decided=39, failed=1)
    bad = RefundCase.objects.get(pk=ids[17])
    assert (bad.state, bad.failures, bad.held_because) == ("requested", 1, "")
    assert bad.history.latest().action == "count_failure"
    assert set(Payout.objects.values_list("case", flat=True)) == set(ids) - {bad.pk}
    call_command("verify_history", stdout=StringIO())


def test_after_three_failures_the_case_is_left_to_a_person(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, client: Any
) -> None:
    (bad,) = make_overdue([cast.a], 1)
    break_at(monkeypatch, bad, Broken())
    for attempt in (1, 2, 3):
        with pytest.raises(CommandError):
            call_command("expire_deadlines", stdout=StringIO())
        assert RefundCase.objects.get(pk=bad).failures == attempt
    assert expire_deadlines() == Sweep()
    case = RefundCase.objects.get(pk=bad)
    assert (case.state, case.held_because) == ("requested", quarantine.GAVE_UP)
    assert not Payout.objects.exists()

    client.force_login(cast.staff)
    page = client.get(reverse("admin:refunds_refundcase_change", args=[bad])).content.decode()
    assert "leaves it alone" in page
    home = client.get(reverse("admin:index")).content.decode()
    assert "Given up by the timer" in home
    listed = client.get(reverse("admin:refunds_refundcase_changelist"), {"held": "failed"})
    assert case.number in listed.content.decode()

    monkeypatch.undo()
    perform("approve", case_id=bad, actor=person(cast.staff))
    assert fetch(case).state == State.REVIEWED


def test_a_locks_failure_is_not_the_cases(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    (bad,) = make_overdue([cast.a], 1)
    break_at(monkeypatch, bad, OperationalError("canceling statement due to lock timeout"))
    for _attempt in range(4):
        assert expire_deadlines() == Sweep(failed=1)
    assert (fetch(RefundCase(pk=bad)).failures, fetch(RefundCase(pk=bad)).held_because) == (0, "")


def test_a_database_that_is_gone_ends_the_sweep(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = make_overdue([cast.a], 3)
    break_at(monkeypatch, ids[0], OperationalError("server closed the connection unexpectedly"))
    monkeypatch.setattr(connection, "is_usable", lambda: False)
    with pytest.raises(OperationalError):
        expire_deadlines()
    assert not Payout.objects.exists()
