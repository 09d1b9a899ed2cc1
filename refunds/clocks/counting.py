"""How a case's clock counts: a store's in its working time, everybody else's in wall time."""

from datetime import datetime, timedelta

from merchants import calendars
from refunds.models import Clock, RefundCase

STORE_CLOCKS = (Clock.REVIEW, Clock.INSPECT)
BEFORE_THE_CHANNEL = timedelta(hours=4)
AFTER_THE_GOODS_CAME_BACK = timedelta(days=7)  # by law: that long to refund what was returned


def works_by_calendar(case: RefundCase) -> bool:
    """Whether the clock counts only while the store works."""
    return case.clock in STORE_CLOCKS


def ran(case: RefundCase, start: datetime, end: datetime) -> timedelta:
    """How long the case's clock runs between two instants; zero where ``end`` is not later."""
    if works_by_calendar(case):
        return calendars.between(case.store, start, end)
    return max(end - start, timedelta(0))


def ahead(case: RefundCase, at: datetime, span: timedelta) -> datetime:
    """When the case's clock has run for ``span`` since ``at``, with nothing that bounds it."""
    return calendars.after(case.store, at, span) if works_by_calendar(case) else at + span


def end(case: RefundCase, at: datetime, span: timedelta) -> datetime:
    """When the clock ends that has ``span`` left at ``at``: inside its bound, and never before ``at``.

    Where the bound has passed already – the request came too late for the channel's deadline –
    the clock ends at once: the timer may act, and nobody is told a deadline that never was.
    """
    bound = latest_end(case)
    last = ahead(case, at, span) if bound is None or bound > at else bound
    return max(at, last if bound is None else min(last, bound))


def latest_end(case: RefundCase) -> datetime | None:
    """What the clock never passes, whatever is paused or added; ``None`` where nothing bounds it.

    A review, and an offer made meanwhile, ends four hours before the channel's deadline. An
    inspection ends so long after the waybill as the policy says, and never later than the law allows.
    """
    if case.clock in (Clock.REVIEW, Clock.OFFER):
        return case.channel_due_at and case.channel_due_at - BEFORE_THE_CHANNEL
    if case.clock != Clock.INSPECT:
        return None
    bounds = []
    if case.return_sent_at:
        hours = case.policy.inspect_from_waybill_hours
        bounds.append(case.return_sent_at + timedelta(hours=hours))
    if case.return_arrived_at:
        bounds.append(case.return_arrived_at + AFTER_THE_GOODS_CAME_BACK)
    return min(bounds, default=None)
