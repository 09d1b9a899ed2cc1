"""What is on the accounts: the sum of what came, less the sum of what went."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import QuerySet, Sum

from backoffice.money import ZERO
from refunds.models import Account, LedgerEntry


@dataclass(frozen=True)
class Balance:
    """One account, and what is on it."""

    account: Account
    amount: Decimal


def balances(accounts: Iterable[Account]) -> list[Balance]:
    """The balance of each of ``accounts``, in their order; two queries."""
    rows = list(accounts)
    came, went = (_sums(rows, side) for side in ("debit", "credit"))
    return [Balance(row, came.get(row.pk, ZERO) - went.get(row.pk, ZERO)) for row in rows]


def balance(account: Account) -> Decimal:
    """What is on one account."""
    return balances([account])[0].amount


def _sums(accounts: list[Account], side: str) -> dict[int, Decimal]:
    entries: QuerySet = LedgerEntry.objects.filter(**{f"{side}__in": accounts}).order_by()
    return dict(entries.values_list(side).annotate(total=Sum("amount")))
