"""Whether ledger, payouts and cases say the same: what each is follows from the others."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Sum

from backoffice.audit.guards.standing import missing_guards
from backoffice.money import ZERO, show
from refunds.ledger.balances import balances
from refunds.models import Account, LedgerAlarm, LedgerEntry, Payout, RefundCase
from refunds.models import State as CaseState

Broken = LedgerAlarm.Kind
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


@dataclass(frozen=True)
class Finding:
    """One thing that does not hold, about a payout, a case, an account or a guard of the database."""

    kind: str
    about: str
    store: int | None = None

    def __str__(self) -> str:
        return str(Broken(self.kind).label) % {"about": self.about}


def findings() -> Iterator[Finding]:
    """Everything that does not hold; memory does not grow with the rows."""
    for name in missing_guards():
        yield Finding(Broken.GUARD, name)
    yield from _entries()
    yield from _amounts()
    yield from _totals(Account.Kind.CLEARING, Payout.ON_ITS_WAY, Broken.CLEARING)
    yield from _totals(Account.Kind.BUYER, (State.SETTLED,), Broken.BUYERS)
    yield from _cases()


def _entries() -> Iterator[Finding]:
    for state, kinds in ENTRIES.items():
        rows = unlike(state, kinds).order_by("pk").values_list("number", "case__store")
        for number, store in rows.iterator():
            yield Finding(Broken.ENTRIES, number, store)


def unlike(state: str, kinds: frozenset[str]) -> QuerySet[Payout]:
    """The payouts in ``state`` that have other entries than ``kinds``."""
    moves = ~Q(ledger__kind__in=(Kind.RECOVERED, Kind.RESTORED))
    named = Q(ledger__kind__in=kinds or {"none"})  # an empty list would be no condition at all
    counted = Payout.objects.filter(state=state).annotate(
        right=Count("ledger", filter=named),
        all=Count("ledger", filter=moves & Q(ledger__isnull=False)),
    )
    return counted.exclude(right=len(kinds), all=len(kinds))


def _amounts() -> Iterator[Finding]:
    other = LedgerEntry.objects.filter(payout__isnull=False).exclude(
        amount=F("payout__amount"), currency=F("payout__currency"), case=F("payout__case")
    )
    rows = other.order_by("payout").values_list("payout__number", "store").distinct()
    for number, store in rows.iterator():
        yield Finding(Broken.AMOUNT, number, store)
    mixed = LedgerEntry.objects.exclude(
        currency=F("debit__currency"), debit__currency=F("credit__currency")
    )
    for pk, store in mixed.order_by("pk").values_list("pk", "store").iterator():
        yield Finding(Broken.CURRENCY, str(pk), store)


def _totals(kind: str, states: tuple[str, ...], broken: str) -> Iterator[Finding]:
    """What is on the accounts of one kind is what the payouts in ``states`` add up to."""
    rows = Payout.objects.filter(state__in=states).order_by()
    owed: dict[tuple[int, str], Decimal] = {
        (store, currency): total
        for store, currency, total in rows.values_list("case__store", "currency").annotate(
            total=Sum("amount")
        )
    }
    for found in balances(Account.objects.filter(kind=kind)):
        store, currency = found.account.store_id or 0, found.account.currency
        expected = owed.pop((store, currency), ZERO)
        if found.amount != expected:
            about = f"{show(found.amount, currency)} / {show(expected, currency)}"
            yield Finding(broken, about, store)
    for (store, currency), total in owed.items():
        yield Finding(broken, f"{show(ZERO, currency)} / {show(total, currency)}", store)


def _cases() -> Iterator[Finding]:
    """A case is refunded while a payout of it is settled, and only then."""
    settled = Payout.objects.filter(case=OuterRef("pk"), state=State.SETTLED)
    refunded = RefundCase.objects.filter(state=CaseState.REFUNDED)
    for broken, rows in (
        (Broken.REFUNDED, refunded.filter(~Exists(settled))),
        (Broken.WAITING, _waiting()),
    ):
        for number, store in rows.order_by("pk").values_list("number", "store").iterator():
            yield Finding(broken, number, store)


def _waiting() -> QuerySet[RefundCase]:
    paid = Payout.objects.filter(state=State.SETTLED).exclude(case__state=CaseState.REFUNDED)
    return RefundCase.objects.filter(pk__in=paid.values("case"))
