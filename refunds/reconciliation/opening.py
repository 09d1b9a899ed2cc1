"""A day for every account, once it is over: what is booked on a day without payouts of ours is seen, too.

An account begins with the day on which its gateway was opened, or with the first that money or a
statement gave it. It ends once it is not in use any more, and nothing was booked on it for a while.
In another currency than the store's, a day appears when something is booked in it.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.db.models import Count, F, Min, OuterRef, Subquery
from django.utils.translation import gettext_noop

from backoffice import clock
from backoffice.actors import IMPORTER, system
from backoffice.audit.recording import recorded
from merchants.models import Store
from refunds.models import BankLine, PayoutGateway, ReconciliationDay
from refunds.reconciliation.days import ONE, row_for, today
from refunds.reconciliation.finding import account_of
from refunds.reconciliation.statements import OLDEST

OVER = gettext_noop("A day of this account is over.")
QUIET = timedelta(days=62)  # without a booking, after which an account out of use has ended


class Account(NamedTuple):
    """Where a store's money leaves from, its first day, and how many rows it has from there on."""

    store: Store
    name: str
    first: date
    rows: int


def open_days() -> int:
    """A row for each day of each account that is over and has none; gives how many were missing."""
    at = clock.trusted_now()
    return sum(_open(account, at) for account in list(accounts(at)))


def _open(account: Account, at: datetime) -> int:
    """The rows that ``account`` misses."""
    store = account.store
    length = (today(store, at) - account.first).days
    if account.rows >= length:
        return 0
    wanted = {account.first + n * ONE for n in range(length)}
    theirs = {"store": store, "account": account.name, "currency": store.currency}
    missing = wanted.difference(
        ReconciliationDay.objects.filter(**theirs).values_list("day", flat=True)
    )
    with recorded(system(IMPORTER), OVER, "report"):
        for day in sorted(missing):
            row_for(store, account.name, store.currency, day)
    return len(missing)


def accounts(at: datetime) -> Iterator[Account]:
    """The accounts that live at ``at``; no day is older than a statement may be."""
    oldest = (at - timedelta(days=OLDEST)).date()
    opened = _opened(at, oldest)
    rows = ReconciliationDay.objects.filter(day__gte=oldest, currency=F("store__currency"))
    groups = rows.order_by().values_list("store", "account").annotate(Min("day"), Count("pk"))
    stores = Store.objects.in_bulk({store for store, *_more in groups} | {s for s, _ in opened})
    for store_id, name, first, count in groups:
        store, since = stores[store_id], opened.pop((store_id, name), None)
        if since or name == store.account or _is_busy(store, name, at):
            yield Account(store, name, min(first, since or first), count)
    for (store_id, name), since in opened.items():
        yield Account(stores[store_id], name, since, 0)


def _opened(at: datetime, oldest: date) -> dict[tuple[int, str], date]:
    """The gateways in use, by store and account, and the day on which each was opened."""
    first = PayoutGateway.history.filter(id=OuterRef("pk"), history_number=1)
    gateways = PayoutGateway.objects.filter(in_use=True).select_related("store")
    found: dict[tuple[int, str], date] = {}
    for row in gateways.annotate(opened=Subquery(first.values("history_date")[:1])):
        key, day = (row.store_id, account_of(row)), today(row.store, row.opened or at)
        found[key] = max(oldest, min(day, found.get(key, day)))
    return found


def _is_busy(store: Store, name: str, at: datetime) -> bool:
    """Whether something was booked lately on an account that is not in use."""
    lately = BankLine.objects.filter(booked_on__gte=(at - QUIET).date())
    return lately.filter(store=store, account=name).exists()
