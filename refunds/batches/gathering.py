"""At each cut-off the timer gathers what is queued into batches: as their maker, never as a checker.

The tick only says “look now”. What was done is a row per store and cut-off, so that two beats, or a
tick that was missed, gather once. After a longer pause the latest cut-off is made up for, which
takes everything that was queued before it. What cannot be sealed stays a draft for finance, and a store for
which gathering fails keeps no other store waiting.
"""

import logging
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Case, F, Value, When
from django.utils.timezone import localtime
from django.utils.translation import gettext_noop

from backoffice import clock
from backoffice.actors import TIMER, Actor, system
from backoffice.audit.recording import recorded
from backoffice.exceptions import BadInput, WrongState
from merchants import calendars
from merchants.models import Store
from merchants.schedules import instant
from refunds.batches.building import READY, Lane, make, take
from refunds.models import CutOff, Gathering, Payout, RefundBatch

log = logging.getLogger(__name__)
GATHERED = gettext_noop("Gathered at the cut-off.")
UNSEALED = gettext_noop(
    "Gathered at the cut-off, and not sealed: something is missing. Seal it, to be told what."
)
LOOK_BACK = 7  # days: an outage that was longer is looked at by people


def gather_due() -> int:
    """Gather at every cut-off that is due and was not; gives the number of new batches."""
    common = list(CutOff.objects.filter(store=None, active=True))
    own: dict[int, list[CutOff]] = {}
    for row in CutOff.objects.filter(store__isnull=False):
        own.setdefault(row.store_id or 0, []).append(row)
    made = 0
    for store in Store.objects.filter(active=True).select_related("calendar"):
        rows = [row for row in own.get(store.pk, common) if row.active]
        try:
            made += _gather_latest(store, rows)
        except Exception:  # one store's trouble is not the others'; the next tick tries it again
            log.exception("Nothing could be gathered for %s.", store)
    return made


def _gather_latest(store: Store, cut_offs: Sequence[CutOff]) -> int:
    """Gather at the latest of ``cut_offs`` that is due; gives the number of new batches."""
    latest = max(_passed(store, cut_offs), default=None, key=lambda pair: pair[0])
    return _gather(store, *latest) if latest else 0


def _passed(store: Store, rows: Iterable[CutOff]) -> Iterator[tuple[datetime, CutOff]]:
    """The latest moment at which each cut-off was due, on a day that the store works."""
    now, zone = clock.now(), ZoneInfo(store.time_zone)
    today = localtime(now, zone).date()
    schedule = calendars.schedule_of(store) if store.calendar_id else None
    for row in rows:
        for back in range(LOOK_BACK):
            day = today - timedelta(days=back)
            due = instant(day, row.at, zone)
            if due <= now and (schedule is None or schedule.on(day)):
                if due >= row.since:
                    yield due, row
                break


def _gather(store: Store, due_at: datetime, cut_off: CutOff) -> int:
    """Gather what ``store`` had queued by ``due_at``, unless somebody has."""
    if Gathering.objects.filter(store=store, due_at__gte=due_at).exists():
        return 0
    actor = system(TIMER)
    with transaction.atomic():
        row, fresh = Gathering.objects.get_or_create(
            store=store, due_at=due_at, defaults={"ran_at": clock.now()}
        )
        if not fresh:
            return 0
        batches = [
            batch
            for lane in _lanes(store)
            if (batch := _batch(store, lane, due_at, actor, draft=not cut_off.seal))
        ]
        row.payouts = sum(batch.count for batch in batches)
        row.save()
    return len(batches)


def _lanes(store: Store) -> list[Lane]:
    """What waits in the store: its currencies and ways."""
    way = Case(When(method=Payout.Method.ORIGINAL, then=F("channel")), default=Value(""))
    waiting = Payout.objects.filter(READY, case__store=store).order_by().annotate(way=way)
    found = waiting.values_list("currency", "method", "way").distinct()
    return [Lane(store.pk, *names) for names in sorted(found)]


def _batch(
    store: Store, lane: Lane, due_at: datetime, actor: Actor, *, draft: bool
) -> RefundBatch | None:
    with recorded(actor, GATHERED, "build"):
        try:
            payouts = take(lane, before=due_at)
        except WrongState:  # nothing is left of it: somebody built a batch meanwhile
            return None
        try:
            return make(store, lane, payouts, actor, draft=draft)
        except BadInput:  # nothing is written yet
            with recorded(actor, UNSEALED, "build"):
                return make(store, lane, payouts, actor, draft=True)
