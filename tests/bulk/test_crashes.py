"""A worker that dies between any two rows of a file leaves nothing half done, and the next one ends it.

Results of the bank have their own: ``tests/refunds/results/test_crashes.py``.
"""

from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import pytest
from django.utils.timezone import localdate

from backoffice.actors import person
from backoffice.bulk import problems
from backoffice.bulk.models import FileRun
from backoffice.bulk.runs import confirm
from orders.loading import loader
from orders.models import Buyer, Order, OrderLine, Payment
from refunds.models import BankLine, CaseLine, Difference, LedgerEntry, Payout, RefundCase
from refunds.reconciliation import statements as reading
from refunds.reconciliation.statements import bring_statement
from refunds.requests import loading
from tests.bulk.dying import dies_everywhere
from tests.cast import Cast
from tests.faults.nest import number
from tests.orders import files as orders
from tests.refunds.factories import make_order
from tests.refunds.invariants import broken
from tests.refunds.money import answer, apply, rows_of, sent_batch
from tests.refunds.reconciliation.statements import back, file_of, other, out
from tests.refunds.requests import files as requests

pytestmark = [pytest.mark.once, pytest.mark.django_db]
STRIDE = number("SOAK_CRASH_STRIDE", 19)  # statements between two deaths
WRITTEN: tuple[Any, ...] = (
    *(Order, OrderLine, Payment, Buyer),
    *(RefundCase, CaseLine, Payout, LedgerEntry, Difference),
)


@dataclass(frozen=True)
class Kind:
    """One kind of file: how it is brought, how its rows are worked through one by one, what it leaves."""

    bring: Callable[[Cast], FileRun]
    module: ModuleType
    page: str
    left: dict[Any, int]
    problems: int = 0


def some_orders(cast: Cast) -> FileRun:
    rows = [orders.row(Order_number=f"N{n}", Quantity="x" if n == 1 else "2") for n in range(4)]
    return orders.bring_file(cast.a, orders.table(*rows))


def some_requests(cast: Cast) -> FileRun:
    bought = [make_order(cast.a, (2, "10.00")) for _row in range(3)]
    rows = [requests.row(order, number=f"R{n}") for n, order in enumerate(bought)]
    content = requests.table(*rows, requests.row("N0", number="R9"))
    return requests.bring_file(cast.a, content)


def a_statement(cast: Cast) -> FileRun:
    batch = sent_batch(cast, "50.00", "20.00")
    first, second = rows_of(batch)
    apply(cast, batch, [answer(first), answer(second)])
    day = localdate()
    rows = [out(first, day), out(second, day), back(second, day), other("3.00", day)]
    return bring_statement(
        store_id=cast.a.pk, file=file_of(rows), name="bank.csv", actor=person(cast.finance)
    )


KINDS = {
    "orders": Kind(some_orders, loader, "BATCH", {Order: 3, OrderLine: 3, Payment: 3}, 1),
    "requests": Kind(some_requests, loading, "PAGE", {RefundCase: 3, CaseLine: 3}, 1),
    "statements": Kind(a_statement, reading, "BATCH", {BankLine: 4, LedgerEntry: 1, Difference: 1}),
}


def written() -> list[Any]:
    """Every row that a file could write, and every version."""
    counts = [(model.objects.count(), model.history.count()) for model in WRITTEN]
    return [counts, BankLine.objects.count(), list(Payout.objects.values_list("pk", "state"))]


@pytest.mark.parametrize("name", KINDS)
def test_a_file_whose_worker_dies_between_any_two_rows_happens_once(
    cast: Cast, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = KINDS[name]
    monkeypatch.setattr(kind.module, kind.page, 1)
    monkeypatch.setattr(problems, "PAGE", 1)
    run: Any = kind.bring(cast)
    before, counts = written(), {model: model.objects.count() for model in kind.left}
    assert dies_everywhere(run, "uploaded", lambda: written() == before, stride=STRIDE) > 0
    run.refresh_from_db()
    assert (run.state, run.problems.count()) == ("checked", kind.problems)
    confirm(run, actor=person(run.uploaded_by))
    assert dies_everywhere(run, "confirmed", lambda: written() == before, stride=STRIDE) > 0
    run.refresh_from_db()
    assert run.state == "applied"
    new = {model: model.objects.count() - count for model, count in counts.items()}
    assert new == kind.left
    assert broken() == []
