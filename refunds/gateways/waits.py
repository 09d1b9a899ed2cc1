"""How long to wait: between two questions, after “too many at once”, and for a caller who may be dead."""

from datetime import datetime, timedelta

from django.conf import settings

from backoffice import clock
from refunds.models import PayoutAttempt, PayoutGateway

LATEST = 8  # attempts looked at for “too many at once”: longer rows of them wait no longer
PATIENCE = 5  # seconds between two questions that people ask


def lease() -> timedelta:
    """For how long a call may take; whoever has not written its answer by then is taken for dead."""
    return 3 * timedelta(seconds=settings.GATEWAY_TIMEOUT)


def next_question(asks: int) -> datetime:
    """When to ask again, after ``asks`` questions: each wait is twice the one before."""
    first, longest = settings.GATEWAY_FIRST_WAIT, settings.GATEWAY_LONGEST_WAIT
    return clock.now() + timedelta(seconds=min(first * 2 ** min(asks, 30), longest))


def room(gateway: PayoutGateway) -> int:
    """How many payouts the gateway may send now: what is left of its minute, nothing while it backs off."""
    if backs_off_until(gateway) > clock.now():
        return 0
    minute = clock.now() - timedelta(minutes=1)
    return gateway.per_minute - gateway.attempts.filter(sent_at__gt=minute).count()


def backs_off_until(gateway: PayoutGateway) -> datetime:
    """After “too many at once” the gateway waits, twice as long each time in a row."""
    latest = list(gateway.attempts.exclude(answered_at=None).order_by("-sent_at", "-pk")[:LATEST])
    row = 0
    for attempt in latest:
        if attempt.outcome != PayoutAttempt.Outcome.BUSY:
            break
        row += 1
    if not row:
        return clock.now()
    wait = timedelta(seconds=settings.GATEWAY_FIRST_WAIT * 2 ** (row - 1))
    return (latest[0].answered_at or clock.now()) + wait
