"""The sweep writes what the single way writes, approves nothing else, and stops at nothing."""

from collections.abc import Callable, Iterable
from datetime import timedelta
from decimal import Decimal
from io import StringIO
from itertools import zip_longest
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection, transaction
from django.urls import reverse

from backoffice.actors import INSTALLER, TIMER, person, system
from backoffice.audit.recording import recorded
from backoffice.clock import now
from backoffice.requests import new_request_id
from merchants.models import Store
from orders.models import Payment
from refunds import decisions, payouts, quarantine
from refunds.models import Kind, Payout, Reason, RefundCase, RefundPolicy, RiskHold, State
from refunds.sweep import Sweep, expire_deadlines, run, ticking, together
from refunds.sweep.together import Outcome
from refunds.workflow import perform
from tests.cast import Cast
from tests.refunds.factories import fetch, make_case, make_order
from tests.refunds.many import make_overdue

LATER = timedelta(days=30)


def change(row: Any, **fields: Any) -> Any:
    """The row with these fields, saved."""
    with recorded(system(INSTALLER), "For a test."):
        for name, value in fields.items():
            setattr(row, name, value)
        row.save()
    return row


def pay_in_two_parts(store: Store) -> Any:
    """An order paid by card and, the larger part, by voucher."""
    order = make_order(store, (1, "30.00"), freight="0.00")
    with recorded(system(INSTALLER), "For a test."):
        change(order.payments.get(), amount=Decimal("10.00"))
        Payment.objects.create(
            order=order, reference="VOUCHER", method="voucher", amount=20, paid_at=now()
        )
    return order


def every_situation(cast: Cast) -> list[RefundCase]:
    """Cases that the timer approves, holds, sends back or leaves, each for a reason of its own."""
    a, b, staff = cast.a, cast.b, cast.staff
    both = make_order(a, (2, "10.00"), (3, "0.33"))
    shared = make_order(a, (2, "19.99"))
    change(a, return_address="Dock 1")
    change(b, daily_cap_amount=Decimal("120.00"), return_address="Dock 2")
    risky, poor, odd = make_order(a), make_order(a), make_case(make_order(a), staff)
    cases = [
        make_case(make_order(a), staff),
        make_case(both, staff, lines=_all_of(both), freight=Decimal("10.00")),
        make_case(shared, staff),
        make_case(shared, staff),
        make_case(pay_in_two_parts(a), staff),
        make_case(make_order(a), staff, lines=[], freight=Decimal("4.00")),
        make_case(make_order(a, shipped=now()), staff, external_number="CH-1"),
        make_case(make_order(a, shipped=now(), delivered=now()), staff),
        make_case(make_order(a, shipped=now()), staff, kind=Kind.RETURN_REFUND),
        make_case(make_order(a, (1, "2500.00")), staff),
        make_case(risky, staff),
        make_case(poor, staff),
        make_case(make_order(a), staff, reason_code="Q01"),
        make_case(make_order(a), staff, kind=Kind.COMPENSATION, lines=[], amount=Decimal(5)),
        odd,
        *[make_case(make_order(b), cast.staff2) for _ in range(4)],
        *[make_case(make_order(a), staff) for _ in range(4)],
    ]
    with recorded(system(INSTALLER), "For a test."):
        RiskHold.objects.create(buyer=risky.buyer, why="Too many returns.")
        change(poor.payments.get(), amount=Decimal("1.00"))
        change(odd, freight_requested=Decimal("0.01"), failures=1, held_because="")
    return cases


def _all_of(order: Any) -> list[Any]:
    from refunds.intake import LineRequest

    return [LineRequest(line.pk, line.quantity) for line in order.lines.all()]


def everything_but_names() -> dict[str, list[str]]:
    """Every row of refunds and its history; without the ids and numbers of rows that are new."""
    found = {}
    for model in apps.get_app_config("refunds").get_models():
        old = model._meta.model_name.endswith(("refundcase", "caseline"))
        new = set() if old else {"number", "id"}
        names = [
            field.attname
            for field in model._meta.concrete_fields
            if field.attname not in new | {"history_id"}
        ]
        found[model._meta.db_table] = sorted(map(str, model._base_manager.values_list(*names)))
    return found


def after(way: Callable[[], Sweep]) -> tuple[Sweep, dict[str, list[str]]]:
    """What ``way`` did, and all rows after it; then it never happened."""
    with transaction.atomic():
        sweep, rows = way(), everything_but_names()
        transaction.set_rollback(True)
    return sweep, rows


def test_the_sweep_leaves_the_rows_that_the_single_way_leaves(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    every_situation(cast)
    new_request_id()  # the same for both, as the timer is
    system(TIMER)
    with time_machine.travel(now() + LATER, tick=False):
        together_sweep, together_rows = after(expire_deadlines)
        monkeypatch.setattr(run, "decide_together", lambda page, **_: _all_alone(page))
        single_sweep, single_rows = after(expire_deadlines)
    assert together_sweep == single_sweep
    assert together_sweep.failed == together_sweep.passed_by == 0
    for table, rows in single_rows.items():
        assert differences(together_rows[table], rows) == [], table
    assert any("auto_approve" in row for row in single_rows["refunds_historicalpayout"])


def differences(rows: list[str], others: list[str]) -> list[tuple[str, str]]:
    """The rows that are not the same, beside each other."""
    pairs = zip_longest(rows, others, fillvalue="nothing")
    return [(row, other) for row, other in pairs if row != other]


def _all_alone(page: Iterable[Any]) -> Outcome:
    return Outcome(alone={due.case_id for due in page})


def test_what_is_plain_is_decided_together_and_the_rest_is_not(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    cases, alone = every_situation(cast), []
    monkeypatch.setattr(run, "expire", lambda _sweep, due, _actor: alone.append(due.case_id))
    with time_machine.travel(now() + LATER):
        sweep = expire_deadlines()
    approved = set(Payout.objects.values_list("case", flat=True))
    held = set(RefundCase.objects.exclude(held_because="").values_list("pk", flat=True))
    assert approved.isdisjoint(alone)
    assert held.isdisjoint({*approved, *alone})
    assert {*approved, *held, *alone} == {case.pk for case in cases}
    assert sweep.decided == len(approved) >= 9
    assert sweep.held == len(held) >= 5


def test_many_are_approved_in_the_same_few_statements_with_whole_histories(
    cast: Cast, django_assert_max_num_queries: Any
) -> None:
    make_overdue([cast.a, cast.b], 150)
    system(TIMER)
    with django_assert_max_num_queries(32):
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
    with django_assert_max_num_queries(36):
        assert expire_deadlines() == Sweep(decided=10, held=110)
    version = RefundCase.objects.filter(store=cast.a).latest("pk").history.latest()
    assert (version.action, version.actor_name, version.version) == ("hold", "timer", 2)
    assert "switched off" in version.held_because
    call_command("verify_history", stdout=StringIO())


def test_the_oldest_deadlines_get_the_days_room(cast: Cast) -> None:
    ids = make_overdue([cast.a], 12)
    change(cast.a, daily_cap_count=5)
    assert expire_deadlines() == Sweep(decided=5, held=7)
    first = set(RefundCase.objects.filter(state=State.REVIEWED).values_list("pk", flat=True))
    assert first == set(sorted(ids, reverse=True)[:5])  # a later row is due a millisecond earlier


class Broken(Exception):
    """A defect."""


def break_at(monkeypatch: pytest.MonkeyPatch, bad: int, error: Exception) -> None:
    """Let every approval that the case is part of fail."""
    approve_set, queue = together.approve_set, payouts.queue

    def set_based(case_ids: Any) -> None:
        approve_set(case_ids)
        if bad in case_ids:
            raise error

    def single(case: RefundCase) -> Any:
        if case.pk == bad:
            raise error
        return queue(case)

    monkeypatch.setattr(together, "approve_set", set_based)
    monkeypatch.setattr(decisions.payouts, "queue", single)


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
