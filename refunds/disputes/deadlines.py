"""Until when the platform should decide an appeal, and who is told when it does not.

A case that waits for money has the platform's clock. One that is paid is over, and has none; its appeal
is still to be decided, in as many hours: half of them, four fifths and their end are each told once.
"""

from datetime import datetime, timedelta

from django.core.cache import cache
from django.db.models import (
    DateTimeField,
    DurationField,
    ExpressionWrapper,
    F,
    IntegerField,
    QuerySet,
    Value,
)
from django.db.models.functions import Cast

from backoffice import clock
from merchants.people import holders
from refunds import notices
from refunds.models import Clock, Dispute, Notice

ARBITRATE = "refunds.arbitrate"
EVERY = 60  # seconds
STAGES = ((1.0, Notice.Kind.ESCALATED), (0.8, Notice.Kind.LATE), (0.5, Notice.Kind.HALF))
_HOURS = ExpressionWrapper(
    Cast("case__policy__escalate_hours", IntegerField()) * Value(timedelta(hours=1)),
    output_field=DurationField(),
)
APPEAL_DUE = ExpressionWrapper(F("appealed_at") + _HOURS, output_field=DateTimeField())


def appeal_due(dispute: Dispute) -> datetime | None:
    """By when its appeal should be decided; ``None`` where none waits."""
    if dispute.appealed_at is None or dispute.closed_at is not None:
        return None
    return dispute.appealed_at + timedelta(hours=dispute.case.policy.escalate_hours)


def tell_now_and_then() -> int | None:
    """For the tick: look once a minute, on one machine; ``None`` when it is not time."""
    return tell() if cache.add("appeals-told", 1, EVERY) else None


def tell() -> int:
    """Tell the platform about appeals that wait without a clock; gives how many have come so far."""
    at = clock.trusted_now()
    told = [dispute for dispute in _without_clock() if _tell(dispute, at)]
    return len(told)


def _without_clock() -> QuerySet[Dispute]:
    waiting = Dispute.objects.filter(closed_at=None, appealed_at__isnull=False)
    return waiting.exclude(case__clock=Clock.ARBITRATE).select_related(
        "case__store", "case__policy"
    )


def _tell(dispute: Dispute, at: datetime) -> bool:
    """Tell of the last stage that was reached; whether there is one."""
    began, due = dispute.appealed_at, appeal_due(dispute)
    if began is None or due is None:
        return False
    reached = [kind for share, kind in STAGES if at >= began + share * (due - began)]
    if reached:
        notices.tell(
            recipients=holders(ARBITRATE, dispute.case.store),
            case=dispute.case,
            kind=reached[0],
            about=f"appeal {dispute.pk}",
        )
    return bool(reached)
