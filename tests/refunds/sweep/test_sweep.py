"""The sweep decides many cases in a few statements, by the same rules as one."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from backoffice.actors import INSTALLER, TIMER, person, system
from backoffice.audit.recording import recorded
from backoffice.clock import now
from refunds.models import Payout, Reason, RefundCase, RefundPolicy, State
from refunds.sweep import Sweep, expire_deadlines, run, ticking, together
from refunds.sweep.due import pages
from refunds.sweep.single import expire
from tests.cast import Cast
from tests.refunds.factories import fetch
from tests.refunds.many import make_overdue
from tests.refunds.sweep.sweeping import change


def test_many_are_approved_in_the_same_few_statements_with_whole_histories(
    cast: Cast, django_assert_max_num_queries: Any
) -> None:
    make_overdue([cast.a, cast.b], 150)
    system(TIMER)
    with django_assert_max_num_queries(36):
        assert expire_deadlines() == Sweep(decided=150)
    assert expire_deadlines() == Sweep()
    case = RefundCase.objects.latest("pk")
    version = case.history.latest()
    assert (version.actor_name, version.source, version.action, version.history_type) == (
        "timer",
        "timer",
        "auto_approve",
        "~",
    )
    assert "before its deadline" in version.history_change_reason
    assert (case.state, case.version, case.decided_by) == ("reviewed", 2, "timer")
    assert len(set(Payout.objects.values_list("number", flat=True))) == 150
    assert_never_more_than_was_paid()
    call_command("verify_history", stdout=StringIO())


def assert_never_more_than_was_paid() -> None:
    """Invariant 1: of no order is more on its way than was paid; each case has one payout at most."""
    for payout in Payout.objects.select_related("case__order"):
        order = payout.case.order
        flying = Payout.objects.filter(case__order=order).exclude(state__in=Payout.OVER)
        assert sum(p.amount for p in flying) <= order.paid
        assert flying.filter(case=payout.case).count() == 1


def test_deadlines_of_the_same_instant_are_all_found(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids, at = make_overdue([cast.a], 23), now()
    with recorded(system(INSTALLER), "For a test."):
        for case in RefundCase.objects.filter(pk__in=ids[:15]):
            change(case, due_at=at)
    monkeypatch.setattr(run, "SMALL_PAGE", 4)
    monkeypatch.setattr(run, "PAGE", 4)
    assert expire_deadlines() == Sweep(decided=23)


def test_many_are_held_in_the_same_few_statements(
    cast: Cast, django_assert_max_num_queries: Any
) -> None:
    make_overdue([cast.a], 60)
    make_overdue([cast.b], 60)
    change(cast.a, auto_approval=False)
    change(cast.b, daily_cap_count=10)
    system(TIMER)
    with django_assert_max_num_queries(41):
        assert expire_deadlines() == Sweep(decided=10, held=110)
    version = RefundCase.objects.filter(store=cast.a).latest("pk").history.latest()
    assert (version.action, version.actor_name, version.version) == ("hold", "timer", 2)
    assert "switched off" in version.held_because
    call_command("verify_history", stdout=StringIO())


def test_what_is_held_is_not_held_again(cast: Cast) -> None:
    """Two sweeps may have read the same page; the second finds the case left to people."""
    (case_id,) = make_overdue([cast.a], 1)
    change(cast.a, auto_approval=False)
    page = [due for page in pages(now(), 10) for due in page]
    assert expire_deadlines() == Sweep(held=1)
    late = Sweep()
    expire(late, page[0], system(TIMER))
    assert late == Sweep(passed_by=1)
    assert RefundCase.history.filter(id=case_id, action="hold").count() == 1


def test_the_oldest_deadlines_get_the_days_room(cast: Cast) -> None:
    ids = make_overdue([cast.a], 12)
    change(cast.a, daily_cap_count=5)
    assert expire_deadlines() == Sweep(decided=5, held=7)
    first = set(RefundCase.objects.filter(state=State.REVIEWED).values_list("pk", flat=True))
    assert first == set(sorted(ids, reverse=True)[:5])  # a later row is due a millisecond earlier


def test_whoever_may_not_approve_approves_nothing_together(cast: Cast) -> None:
    make_overdue([cast.a], 3)
    (page,) = run.pages(now(), 10)
    outcome = together.decide_together(page, actor=person(cast.staff), at=now())
    assert (outcome.approved, len(outcome.alone)) == (0, 3)
    assert not Payout.objects.exists()


def test_a_policy_that_hands_to_a_person_is_asked_again_at_the_deadline(cast: Cast) -> None:
    (case,) = RefundCase.objects.filter(pk__in=make_overdue([cast.a], 1))
    reason = Reason.objects.get(code="Q01")
    change(case, reason=reason, at_deadline=RefundPolicy.AtDeadline.PERSON)
    assert expire_deadlines() == Sweep(held=1)
    assert fetch(case).held_because


def test_a_tick_does_not_wait_for_a_long_sweep(cast: Cast) -> None:
    make_overdue([cast.a], 1)
    with ticking._sweeping:
        assert ticking.sweep_at_tick() is None
    assert ticking.sweep_at_tick() == Sweep(decided=1)
