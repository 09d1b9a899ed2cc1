"""Whether the ledger says what the payouts say: the entries of each follow from its state."""

from collections.abc import Iterator
from decimal import Decimal

from django.db.models import Count, F, Q, QuerySet, Sum

from backoffice.audit.append_only import missing_triggers
from backoffice.money import ZERO, show
from refunds.ledger.balances import balances
from refunds.models import Account, LedgerEntry, Payout

Kind, State = LedgerEntry.Kind, Payout.State
# What has been written by the time a payout is in a state; what moves a deposit stands beside it.
ENTRIES: dict[str, frozenset[str]] = {
    State.QUEUED: frozenset(),
    State.APPROVED: frozenset(),
    State.CANCELLED: frozenset(),
    State.SENDING: frozenset({Kind.SENT}),
    State.SENT: frozenset({Kind.SENT}),
    State.UNKNOWN: frozenset({Kind.SENT}),
    State.SETTLED: frozenset({Kind.SENT, Kind.SETTLED}),
    State.FAILED: frozenset({Kind.SENT, Kind.FAILED}),
    State.RETURNED: frozenset({Kind.SENT, Kind.SETTLED, Kind.RETURNED}),
}
NEVER_SENT = (State.QUEUED, State.APPROVED, State.CANCELLED)


def findings() -> Iterator[str]:
    """A sentence for everything that does not hold; memory does not grow with the rows."""
    for name in missing_triggers():
        yield f"The database has lost its guard {name}. Run the migrations again."
    yield from _entries()
    yield from _amounts()
    yield from _clearing()


def _entries() -> Iterator[str]:
    for state, kinds in ENTRIES.items():
        for payout in unlike(state, kinds).order_by("pk").iterator():
            yield f"Payout {payout} is {state}, and its entries in the ledger say otherwise."


def unlike(state: str, kinds: frozenset[str]) -> QuerySet[Payout]:
    """The payouts in ``state`` that have other entries than ``kinds``."""
    moves = ~Q(ledger__kind__in=(Kind.RECOVERED, Kind.RESTORED))
    named = Q(ledger__kind__in=kinds or {"none"})  # an empty list would be no condition at all
    counted = Payout.objects.filter(state=state).annotate(
        right=Count("ledger", filter=named),
        all=Count("ledger", filter=moves & Q(ledger__isnull=False)),
    )
    return counted.exclude(right=len(kinds), all=len(kinds))


def _amounts() -> Iterator[str]:
    other = LedgerEntry.objects.filter(payout__isnull=False).exclude(
        amount=F("payout__amount"), currency=F("payout__currency"), case=F("payout__case")
    )
    for entry in other.order_by("pk").iterator():
        yield f"The ledger's “{entry}” is not for the amount of its payout."
    mixed = LedgerEntry.objects.exclude(
        currency=F("debit__currency"), debit__currency=F("credit__currency")
    )
    for entry in mixed.order_by("pk").iterator():
        yield f"The ledger's “{entry}” mixes currencies."


def _clearing() -> Iterator[str]:
    """What is on its way, by the accounts, is what is on its way by the payouts."""
    rows = Payout.objects.filter(state__in=Payout.ON_ITS_WAY).order_by()
    owed: dict[tuple[int, str], Decimal] = {
        (store, currency): total
        for store, currency, total in rows.values_list("case__store", "currency").annotate(
            total=Sum("amount")
        )
    }
    for found in balances(Account.objects.filter(kind=Account.Kind.CLEARING)):
        account = found.account
        expected = owed.pop((account.store_id or 0, account.currency), ZERO)
        if found.amount != expected:
            yield (
                f"{account}: {show(found.amount, account.currency)} by the ledger, "
                f"{show(expected, account.currency)} by the payouts."
            )
    for (store, currency), total in owed.items():
        yield f"Store {store}: {total} {currency} on its way, and nothing in the ledger."
