"""Statements for tests, written as a bank writes them and brought by the product's own services."""

import csv
import io
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import time_machine

from backoffice.actors import person
from backoffice.bulk.jobs import carry_on
from backoffice.bulk.runs import confirm
from backoffice.models import User
from refunds.models import Difference, Payout, ReconciliationDay, StatementImport
from refunds.reconciliation.statements import bring_statement
from refunds.workflow import perform
from tests.cast import Cast
from tests.refunds.compensations import settled
from tests.refunds.factories import make_case, make_order

HEADER = (
    "number", "amount", "currency", "booked_on", "direction", "bank_reference", "reason", "returned",
)  # fmt: skip
SHANGHAI = ZoneInfo("Asia/Shanghai")
DAY = date(2026, 3, 10)
NOON = datetime(2026, 3, 10, 12, tzinfo=SHANGHAI)
NEXT = NOON + timedelta(days=1)
Row = list[Any]


def paid(cast: Cast, price: str = "100.00", at: datetime = NOON) -> Payout:
    """A payout of store A that the bank's result settled ``at``."""
    with time_machine.travel(at, tick=False):
        case = make_case(make_order(cast.a, (1, price)), cast.staff)
        perform("approve", case_id=case.pk, actor=person(cast.staff))
        return settled(cast, case)


def out(payout: Payout, day: date = DAY, **more: Any) -> Row:
    """The bank's line about a payout that left."""
    line = {"number": payout.number, "amount": payout.amount, "currency": payout.currency}
    return _row(**{**line, "booked_on": day, "direction": "out", **more})


def back(payout: Payout, day: date = DAY, **more: Any) -> Row:
    """The bank's line about a payout that came back."""
    return out(payout, day, **{"direction": "in", "returned": "yes", "reason": "Closed", **more})


def other(amount: str, day: date = DAY, **more: Any) -> Row:
    """A line that names none of our payouts."""
    return _row(
        **{"number": "", "amount": amount, "currency": "CNY", "booked_on": day, "direction": "out"}
        | more
    )


def _row(**cells: Any) -> Row:
    cells.setdefault("bank_reference", f"B-{cells['number']}-{cells['direction']}")
    return [cells.get(name, "") for name in HEADER]


def file_of(rows: Iterable[Row]) -> io.BytesIO:
    """A statement as CSV."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows([HEADER, *rows])
    return io.BytesIO(text.getvalue().encode())


def brought(
    cast: Cast, rows: Iterable[Row], user: User | None = None, **more: Any
) -> StatementImport:
    """A statement of store A, checked."""
    run = bring_statement(
        store_id=cast.a.pk, file=file_of(rows), name="bank.csv",
        actor=person(user or cast.finance), **more,
    )  # fmt: skip
    carry_on(run)
    return StatementImport.objects.get(pk=run.pk)


def load(
    cast: Cast, rows: Iterable[Row], user: User | None = None, at: datetime = NEXT, **more: Any
) -> StatementImport:
    """A statement of store A, brought ``at`` the next noon and applied."""
    with time_machine.travel(at, tick=False):
        run = brought(cast, rows, user, **more)
        assert run.state == "checked", run.message
        confirm(run, actor=person(user or cast.finance))
        carry_on(StatementImport.objects.get(pk=run.pk))
    run = StatementImport.objects.get(pk=run.pk)
    assert run.state == "applied", run.message
    return run


def day_of(cast: Cast, day: date = DAY) -> ReconciliationDay:
    """The day of store A as the database has it."""
    return ReconciliationDay.objects.get(store=cast.a, day=day)


def found(day: date = DAY) -> list[tuple[str, str, str]]:
    """What differs on a day: kind, detail and state."""
    rows = Difference.objects.filter(day__day=day).order_by("pk")
    return list(rows.values_list("kind", "detail", "state"))
