"""What a provider booked, asked of the provider itself once a day is over, and loaded as a statement.

Stripe and the sandbox have a list that a program can ask for. Alipay and WeChat Pay have bills for people: a
day later, in an archive or behind a link, in columns of their own. Those are saved as CSV and brought by hand.
"""

import csv
import io
import logging
from collections.abc import Iterator, Sequence
from itertools import islice
from zoneinfo import ZoneInfo

from celery import shared_task
from django.conf import settings
from django.core.cache import cache
from django.db.models import F, Q

from backoffice import clock
from backoffice.actors import IMPORTER, system
from backoffice.among import AmongTexts
from backoffice.audit.bulk import update_many
from backoffice.audit.recording import recorded
from backoffice.bulk import runs
from backoffice.bulk.jobs import carry_on
from merchants.models import Store
from refunds.gateways import accounts
from refunds.gateways.protocol import Booking, Lister
from refunds.models import Payout, PayoutGateway, ReconciliationDay, StatementImport
from refunds.reconciliation.closing import AFTER
from refunds.reconciliation.days import locked
from refunds.reconciliation.finding import account_of
from refunds.reconciliation.matching import match
from refunds.reconciliation.statements import REPORTED, bring_statement

log = logging.getLogger(__name__)
AGAIN = 3600  # seconds after which a provider that did not answer is asked again
PAGE = 1_000  # bookings that are looked up at once
HEADER = (
    "number", "amount", "currency", "booked_on", "direction", "bank_reference", "reason", "returned",
)  # fmt: skip
State = StatementImport.State


def look_for_days() -> bool:
    """Have a worker fetch what is due. Called by each tick, which waits for no provider."""
    if not any(True for _day in _due()):
        return False
    fetch_due.apply_async(expires=settings.TICK_SECONDS, retry=False)
    return True


@shared_task(name="refunds.fetch_bookings")
def fetch_due() -> int:
    """Fetch every day that is over and not reported yet; gives how many. One bad day stops no other."""
    fetched = 0
    for gateway, day in list(_due()):
        if not cache.add(f"fetched:{day.pk}", 1, AGAIN):
            continue
        try:
            fetch(gateway, day)
            fetched += 1
        except Exception as problem:  # whatever a library raises; its own words may hold keys
            log.warning("The bookings of %s could not be fetched: %s", day, type(problem).__name__)
    return fetched


def _due() -> Iterator[tuple[PayoutGateway, ReconciliationDay]]:
    """The open days without a report of the whole of them, at accounts whose provider has a list."""
    gateways = {
        (gateway.store_id, account_of(gateway)): gateway
        for gateway in PayoutGateway.objects.order_by("-pk")
        if isinstance(accounts.adapter(gateway.provider, gateway.account), Lister)
    }
    over = ReconciliationDay.objects.filter(
        Q(reported_at=None) | Q(reported_at__lt=F("ends_at")),
        account__in={account for _store, account in gateways},
        state=ReconciliationDay.State.OPEN,
        ends_at__lte=clock.trusted_now() - AFTER,
    )
    seen = set()  # a day of an account is fetched in all its currencies at once
    for row in over.select_related("store").order_by("day", "pk") if gateways else ():
        gateway = gateways.get((row.store_id, row.account))
        key = (row.store_id, row.account, row.day)
        if gateway and key not in seen:
            seen.add(key)
            yield gateway, row


def fetch(gateway: PayoutGateway, day: ReconciliationDay) -> None:
    """Ask the provider for the day, load what it says, and hold it against ours.

    Raises whatever the provider's library raises; then nothing was changed.
    """
    adapter = accounts.adapter(gateway.provider, gateway.account)
    if not isinstance(adapter, Lister):
        return
    found = adapter.bookings(day.starts_at, day.ends_at)
    rows = [_row(booking, day.store) for booking in _own(found, gateway)]
    if not rows or _load(rows, gateway, day):
        _note(day)


def _own(found: Iterator[Booking], gateway: PayoutGateway) -> Iterator[Booking]:
    """What is the store's: of an account that several stores share, each number goes to its own.

    What names no payout of theirs is told of once, to the first of them.
    """
    sharing = PayoutGateway.objects.filter(provider=gateway.provider, account=gateway.account)
    theirs = list(sharing.order_by("-in_use", "pk").values_list("store", flat=True))
    while page := list(islice(found, PAGE)):
        numbers = AmongTexts("number", [booking.number for booking in page])
        known = Payout.objects.filter(numbers, case__store__in=theirs)
        stores = dict(known.values_list("number", "case__store"))
        for booking in page:
            if stores.get(booking.number, theirs[0]) == gateway.store_id:
                yield booking


def _row(booking: Booking, store: Store) -> Sequence[object]:
    """A booking as a line of a statement."""
    booked_on = booking.at.astimezone(ZoneInfo(store.time_zone)).date()
    direction, returned = ("in", "yes") if booking.returned else ("out", "")
    where = (booked_on.isoformat(), direction, booking.reference, booking.reason, returned)
    return (booking.number, booking.amount, booking.currency, *where)


def _load(rows: Sequence[Sequence[object]], gateway: PayoutGateway, day: ReconciliationDay) -> bool:
    """Bring the lines as a file of their own; whether they are loaded, by it or by one before."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows([HEADER, *rows])
    actor = system(IMPORTER)
    run = bring_statement(
        store_id=gateway.store_id,
        file=io.BytesIO(text.getvalue().encode()),
        name=f"{gateway.provider}-{gateway.account}-{day.day.isoformat()}.csv",
        actor=actor,
        account=day.account,
        day_from=day.day,
        day_until=day.day,
    )
    carry_on(run)
    run = StatementImport.objects.get(pk=run.pk)
    if run.state == State.CHECKED:
        runs.confirm(run, actor=actor)
        carry_on(StatementImport.objects.get(pk=run.pk))
        run = StatementImport.objects.get(pk=run.pk)
    before = runs.twin_of(run, store=run.store_id, account=run.account)
    return run.state == State.APPLIED or before is not None


def _note(day: ReconciliationDay) -> None:
    """The day is reported, in every currency of the account: also where nothing was booked."""
    actor = system(IMPORTER)
    with recorded(actor, REPORTED, "report"):
        same = {"store": day.store_id, "account": day.account, "day": day.day}
        held = locked(ReconciliationDay.objects.filter(**same, state=ReconciliationDay.State.OPEN))
        for row in held.values():
            row.reported_at, row.loaded_by = clock.now(), actor.user
            row.loaded_person = actor.user.person
        update_many(list(held.values()), ["reported_at", "loaded_by", "loaded_person"])
        for pk in sorted(held):
            match(day_id=pk, actor=actor)
