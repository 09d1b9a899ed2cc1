"""The sweep leaves the rows that the single way leaves, in every table, history included."""

from collections.abc import Callable, Iterable
from datetime import timedelta
from decimal import Decimal
from itertools import zip_longest
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.db import transaction

from backoffice.actors import INSTALLER, TIMER, system
from backoffice.audit.recording import recorded
from backoffice.clock import now
from backoffice.requests import new_request_id
from merchants.models import Store
from orders.models import Payment
from refunds.intake import LineRequest
from refunds.models import Kind, Payout, RefundCase, RiskHold
from refunds.sweep import Sweep, expire_deadlines, run
from refunds.sweep.together import Outcome
from tests.cast import Cast
from tests.refunds.factories import make_case, make_order
from tests.refunds.sweep.sweeping import change

LATER = timedelta(days=30)


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
