"""Rows of files, each delivered one to five times, in whatever files and order: the same end."""

import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pytest
from django.core.cache import cache
from django.db import transaction
from django.utils.timezone import localdate

from backoffice.actors import person
from backoffice.bulk.jobs import carry_on
from backoffice.bulk.models import FileRun
from backoffice.bulk.runs import confirm
from backoffice.exceptions import BadInput
from orders.models import Order, OrderLine, Payment
from refunds.models import (
    BankLine,
    CaseLine,
    Difference,
    LedgerEntry,
    Payout,
    RefundBatch,
    RefundCase,
)
from refunds.reconciliation.ticking import reconcile
from tests.cast import Cast
from tests.faults.nest import number
from tests.orders import files as orders
from tests.refunds.factories import make_order
from tests.refunds.invariants import broken
from tests.refunds.money import answer, bring_day, csv_of, rows_of, sent_batch
from tests.refunds.reconciliation import statements
from tests.refunds.requests import files as requests

pytestmark = [pytest.mark.once, pytest.mark.django_db]
EXAMPLES = number("SOAK_EXAMPLES", 1)
ROWS = 3


def dealt(dice: random.Random) -> list[list[int]]:
    """Each row one to five times, shuffled; a new file where the last one has the row already."""
    deliveries = [row for row in range(ROWS) for _time in range(dice.randint(1, 5))]
    dice.shuffle(deliveries)
    files: list[list[int]] = [[]]
    for row in deliveries:
        if row in files[-1]:
            files.append([])
        files[-1].append(row)
    return files


@dataclass(frozen=True)
class Kind:
    """One kind of file: its rows, how one is brought and checked, and how it all ended."""

    rows: list[Any]
    check: Callable[[list[Any]], FileRun]
    end: Callable[[], list[Any]]


def results(cast: Cast) -> Kind:
    batch = sent_batch(cast, "50.00", "20.00", "7.00")
    first, second, third = rows_of(batch)
    rows = [answer(first), answer(second, "failed", "Closed"), answer(third)]

    def end() -> list[Any]:
        return [
            list(Payout.objects.order_by("pk").values_list("number", "state", "case__state")),
            sorted(LedgerEntry.objects.values_list("payout__number", "kind", "amount")),
            list(RefundBatch.objects.values_list("state")),
            (Payout.history.count(), RefundCase.history.count(), LedgerEntry.history.count()),
        ]

    return Kind(rows, lambda chosen: bring_day(cast, csv_of(chosen)), end)


def bookings(cast: Cast) -> Kind:
    batch = sent_batch(cast, "50.00", "20.00")
    first, _second = rows_of(batch)
    step(confirm_all(bring_day(cast, csv_of([answer(payout) for payout in rows_of(batch)]))))
    day = localdate()
    rows = [
        statements.out(first, day),
        statements.back(first, day),
        statements.other("3.00", day, bank_reference="FEE"),
    ]

    def end() -> list[Any]:
        reconcile()
        waiting = Difference.objects.filter(state__in=Difference.WAITING)
        return [
            sorted(BankLine.objects.values_list("number", "direction", "amount", "bank_reference")),
            sorted(waiting.values_list("kind", "detail", "line__bank_reference")),
            list(Payout.objects.order_by("pk").values_list("number", "state", "case__state")),
            sorted(LedgerEntry.objects.values_list("payout__number", "kind", "amount")),
        ]

    return Kind(rows, lambda chosen: statements.brought(cast, chosen), end)


def asked(cast: Cast) -> Kind:
    bought = [make_order(cast.a, (2, "10.00")) for _row in range(ROWS)]
    rows = [requests.row(order, number=f"R{n}") for n, order in enumerate(bought)]

    def end() -> list[Any]:
        cases = RefundCase.objects.order_by("external_number")
        return [
            list(
                cases.values_list("external_number", "order__number", "state", "amount_requested")
            ),
            (CaseLine.objects.count(), RefundCase.history.count(), CaseLine.history.count()),
        ]

    return Kind(rows, lambda chosen: requests.check(cast.a, requests.table(*chosen)), end)


def bought(cast: Cast) -> Kind:
    rows = [orders.row(Order_number=f"N{n}", SKU=f"S{n}") for n in range(ROWS)]

    def end() -> list[Any]:
        found = Order.objects.order_by("number")
        return [
            list(found.values_list("number", "lines__sku", "lines__quantity", "payments__amount")),
            (Order.history.count(), OrderLine.history.count(), Payment.history.count()),
        ]

    return Kind(rows, lambda chosen: orders.check(cast.a, orders.table(*chosen)), end)


def confirm_all(run: Any) -> Any:
    """The run, waiting to be applied if its check lets it."""
    checked = run.state == FileRun.State.CHECKED
    return confirm(run, actor=person(run.uploaded_by)) if checked else run


def step(run: Any) -> None:
    """Let a worker do what the run waits for."""
    carry_on(type(run).objects.get(pk=run.pk))


def deliver(kind: Kind, files: list[list[int]]) -> list[Any]:
    for chosen in files:
        with suppress(BadInput):  # the very same bytes again
            step(confirm_all(kind.check([kind.rows[row] for row in chosen])))
    return kind.end()


def undone(work: Callable[[], Any]) -> Any:
    """What ``work`` gives, and nothing of it left."""
    with transaction.atomic():
        found = work()
        transaction.set_rollback(True)
    cache.clear()
    return found


@pytest.mark.parametrize("make", [results, bookings, asked, bought])
def test_rows_in_any_files_and_order_end_alike(cast: Cast, make: Callable[[Cast], Kind]) -> None:
    kind = make(cast)
    before = kind.end()
    once = undone(lambda: deliver(kind, [list(range(ROWS))]))
    assert once != before, "nothing happened: this proves nothing"

    dice = random.Random(make.__name__)
    for _example in range(EXAMPLES):
        files = dealt(dice)

        def again(files: list[list[int]] = files) -> list[Any]:
            first = deliver(kind, files)
            return [first, deliver(kind, files[::-1][:3]), broken()]

        assert undone(again) == [once, once, []], files
