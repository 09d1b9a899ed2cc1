"""A day in figures: what ledger, bank and payouts each say was paid and came back."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum

from backoffice.money import ZERO, quantise
from refunds.models import BankLine, LedgerEntry, ReconciliationDay
from refunds.reconciliation.finding import ARRIVED, mine

Entry = LedgerEntry.Kind


def figures(day: ReconciliationDay) -> dict[str, Any]:
    """Count and total, as plain values, of what each of the three says; five queries."""
    parts = {
        "bank_paid": _lines(day).filter(direction="out"),
        "bank_returned": _lines(day).filter(direction="in", returned=True),
        "ledger_paid": _entries(day, Entry.SETTLED),
        "ledger_returned": _entries(day, Entry.RETURNED),
        "payouts_paid": _settled(day),
    }
    return {name: _sum(rows, day.currency) for name, rows in parts.items()}


def booked(days: Sequence[ReconciliationDay]) -> list[tuple[ReconciliationDay, int, Decimal]]:
    """Each of ``days`` with how many payments the bank booked on it, and of how much; one query."""
    lines = BankLine.objects.filter(day__in=days, direction="out").order_by()
    sums = lines.values("day").annotate(n=Count("pk"), s=Sum("amount"))
    found = {row["day"]: (row["n"], row["s"]) for row in sums}
    return [(day, *found.get(day.pk, (0, ZERO))) for day in days]


def _lines(day: ReconciliationDay) -> QuerySet:
    return BankLine.objects.filter(day=day)


def _entries(day: ReconciliationDay, kind: str) -> QuerySet:
    within = LedgerEntry.objects.filter(kind=kind, at__gte=day.starts_at, at__lt=day.ends_at)
    return within.filter(payout__in=mine(day).values("pk"))


def _settled(day: ReconciliationDay) -> QuerySet:
    arrived = Q(state__in=ARRIVED)
    return mine(day).filter(arrived, settled_at__gte=day.starts_at, settled_at__lt=day.ends_at)


def _sum(rows: QuerySet, currency: str) -> dict[str, Any]:
    found = rows.order_by().aggregate(n=Count("pk"), s=Sum("amount"))
    return {"count": found["n"], "total": str(quantise(found["s"] or ZERO, currency))}
