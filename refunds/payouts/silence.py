"""A bank that does not answer: what was sent to it days ago is *unknown*, so that somebody asks.

It is not paid again, and whatever the bank says later still counts. What a gateway sends asks by itself.
"""

from datetime import timedelta

from django.core.cache import cache
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext_noop

from backoffice import clock
from backoffice.actors import TIMER, system
from backoffice.among import Among
from backoffice.audit.recording import recorded
from backoffice.audit.sets import update_set
from refunds.models import LedgerEntry, Payout, RefundBatch

PATIENCE = timedelta(hours=72)  # a weekend and a day: banks book on working days
EVERY = 600  # seconds
SILENT = gettext_noop("The bank has not answered for three days: somebody has to ask it.")
Batch, State = RefundBatch.State, Payout.State


def look_now_and_then() -> int | None:
    """For the tick: look every ten minutes, on one machine; ``None`` when it is not time."""
    return look() if cache.add("silence-looked-for", 1, EVERY) else None


def look() -> int:
    """Mark as unknown what the bank has not answered for too long; gives how many payouts."""
    waiting = RefundBatch.objects.filter(state__in=(Batch.SENT, Batch.ACKNOWLEDGED), gateway=None)
    silent = waiting.filter(Exists(_unanswered().filter(batch=OuterRef("pk"))))
    return sum(_lose_track(pk) for pk in silent.order_by("pk").values_list("pk", flat=True))


def _lose_track(batch_id: int) -> int:
    """Those of one batch. Locks are taken from the batch to its payouts."""
    with recorded(system(TIMER), SILENT, "lose_track"):
        RefundBatch.objects.select_for_update(of=("self",)).get(pk=batch_id)
        rows = _unanswered().filter(batch=batch_id).order_by("pk").select_for_update(of=("self",))
        found = list(rows.values_list("pk", flat=True))
        return update_set(Payout.objects.filter(Among("pk", found)), state=State.UNKNOWN)


def _unanswered() -> QuerySet[Payout]:
    """Payouts that left long ago, and of which nothing definite was heard."""
    left = LedgerEntry.objects.filter(
        payout=OuterRef("pk"),
        kind=LedgerEntry.Kind.SENT,
        at__lte=clock.trusted_now() - PATIENCE,
    )
    return Payout.objects.filter(Exists(left), state=State.SENT)
