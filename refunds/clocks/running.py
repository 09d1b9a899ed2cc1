"""Starting and stopping a case's clock. The caller holds the case's lock and saves it."""

from datetime import datetime, timedelta

from backoffice.clock import now
from merchants import calendars
from refunds.models import Clock, RefundCase

BEFORE_THE_CHANNEL = timedelta(hours=4)
STORE_CLOCKS = (Clock.REVIEW, Clock.INSPECT)
REMIND_AT = (0.5, 0.8)


def start(case: RefundCase, clock: Clock, hours: int) -> None:
    """Let ``clock`` run on ``case`` for ``hours`` from now, in place of any other clock.

    A store's clock counts its working time and ends four hours before the channel's deadline at
    the latest; a buyer's or the platform's counts wall time.
    """
    at, span = now(), timedelta(hours=hours)
    case.clock, case.clock_started_at = clock, at
    case.due_at = _end(case, at, span)
    case.time_left, case.held_because = None, ""
    case.extended_hours = case.reminders = case.failures = 0
    case.remind_at = reminder(case) if clock in STORE_CLOCKS else None


def stop(case: RefundCase) -> None:
    """No clock runs any more."""
    case.clock, case.clock_started_at, case.due_at = "", None, None
    case.time_left, case.remind_at, case.held_because = None, None, ""


def _end(case: RefundCase, at: datetime, span: timedelta) -> datetime:
    if case.clock not in STORE_CLOCKS:
        return at + span
    end = calendars.after(case.store, at, span)
    if case.clock == Clock.REVIEW and case.channel_due_at:
        end = min(end, case.channel_due_at - BEFORE_THE_CHANNEL)
    return end


def reminder(case: RefundCase) -> datetime | None:
    """When the next reminder is due: at half of the clock's working time, then at four fifths."""
    if case.reminders >= len(REMIND_AT) or not (case.clock_started_at and case.due_at):
        return None
    whole = calendars.between(case.store, case.clock_started_at, case.due_at)
    part = whole * REMIND_AT[case.reminders]
    return calendars.after(case.store, case.clock_started_at, part)
