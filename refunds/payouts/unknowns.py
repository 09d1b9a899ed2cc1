"""Payouts without an answer: how long each has been out, and who is told when it is too long."""

from datetime import timedelta

from django.core.cache import cache
from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from backoffice import clock
from merchants.people import holders
from refunds import notices
from refunds.models import LedgerEntry, Notice, Payout

LIMIT = timedelta(hours=24)
DAY = timedelta(days=1)
EVERY = 60  # seconds
TOLD = "refunds.retry_payout"  # who hears of it: finance of the store


def unanswered(rows: QuerySet[Payout]) -> QuerySet:
    """Those of ``rows`` whose fate is unknown, with ``since``: when they were sent. Oldest first."""
    sent = LedgerEntry.objects.filter(payout=OuterRef("pk"), kind=LedgerEntry.Kind.SENT)
    since = Coalesce(Subquery(sent.values("at")[:1]), "queued_at")
    unknown = rows.filter(state=Payout.State.UNKNOWN)
    return unknown.annotate(since=since).order_by("since", "pk")


def too_long(rows: QuerySet[Payout]) -> QuerySet:
    """Those that have been out for a day or longer without an answer."""
    return unanswered(rows).filter(since__lte=clock.now() - LIMIT)


def tell_now_and_then() -> int | None:
    """For the tick: look once a minute, on one machine; ``None`` when it is not time."""
    return tell() if cache.add("unknowns-told", 1, EVERY) else None


def tell() -> int:
    """Tell finance of each store about what is out too long: once a day each; gives the number."""
    rows = list(too_long(Payout.objects.all()).select_related("case__store"))
    stores = {row.case.store_id: row.case.store for row in rows}
    people = {pk: list(holders(TOLD, store)) for pk, store in stores.items()}
    now = clock.now()
    notices.keep(
        Notice(
            case=row.case,
            recipient=person,
            kind=Notice.Kind.UNKNOWN,
            about=f"payout {row.number} day {(now - row.since) // DAY}",
            made_at=now,
        )
        for row in rows
        for person in people[row.case.store_id]
    )
    return len(rows)
