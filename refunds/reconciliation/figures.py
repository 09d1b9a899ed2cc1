"""A day in figures: what ledger, bank and payouts each say was paid and came back."""

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
