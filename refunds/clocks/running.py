"""Starting and stopping a case's clock. The caller holds the case's lock and saves it."""

from datetime import datetime, timedelta

from backoffice import clock as time
from merchants.calendars import remembered
from refunds.clocks import counting
from refunds.clocks.reminding import next_reminder
from refunds.models import Clock, Offer, Pause, RefundCase


@remembered()
def start(case: RefundCase, clock: Clock, hours: int, *, at: datetime | None = None) -> None:
    """Let ``clock`` run on ``case`` for ``hours`` from now, in place of any other clock.

    ``at`` is for what began earlier than it is known, like a parcel's arrival. A store's clock
    counts its working time and ends four hours before the channel's deadline at the latest; a
    buyer's or the platform's counts wall time. No clock ends before now.
    """
    now = time.latest_now()
    at = min(at or now, now)
    _end_pause(case)
    case.clock, case.clock_started_at = clock, at
    case.due_at = max(counting.end(case, at, timedelta(hours=hours)), now)
    case.time_left, case.held_because = None, ""
    case.extended_hours = case.reminders = case.failures = 0
    case.remind_at = next_reminder(case)


def start_inspection(case: RefundCase) -> None:
    """Let the store's time to inspect run: from delivery, and never long after the waybill.

    To be called when the waybill is known (``return_sent_at``) and again when the parcel has
    arrived (``return_arrived_at``). While it is under way only the limit from the waybill runs.
    """
    policy = case.policy
    if case.return_sent_at and not case.return_arrived_at:
        hours = policy.inspect_from_waybill_hours
        start(case, Clock.INSPECT, hours, at=case.return_sent_at)
        return
    start(case, Clock.INSPECT, policy.inspect_hours, at=case.return_arrived_at)


def stop(case: RefundCase) -> None:
    """No clock runs any more."""
    _end_pause(case)
    case.clock, case.clock_started_at, case.due_at = "", None, None
    case.time_left, case.remind_at, case.held_because = None, None, ""


def hold_still(case: RefundCase, until: datetime, *, at: datetime) -> None:
    """Keep the working time that is left; the case is due again when the stillness has to end.

    So a paused case is found by the same index as a running one, and none is forgotten.
    """
    case.time_left = counting.ran(case, at, case.due_at or at)
    case.due_at, case.remind_at = until, None


@remembered()
def go_on(case: RefundCase, clock: Clock) -> None:
    """Let ``clock`` run on with the time that was left, inside its bound."""
    now = time.latest_now()
    left = case.time_left or timedelta(0)
    _end_pause(case)
    case.clock, case.time_left, case.held_because, case.failures = clock, None, "", 0
    case.due_at = counting.end(case, now, left)
    case.remind_at = next_reminder(case, pauses_of(case))


def pauses_of(case: RefundCase) -> list[Pause]:
    """The times in which the running clock stood still."""
    return list(Pause.objects.filter(case=case, started_at__gte=case.clock_started_at))


def _end_pause(case: RefundCase) -> None:
    """Close what stood open while the clock was still; nothing was where no time is kept."""
    if case.time_left is None:
        return
    now = time.latest_now()
    for pause in Pause.objects.filter(case=case, ended_at=None):
        pause.ended_at = max(now, pause.started_at)
        pause.save()
    for offer in Offer.objects.filter(case=case, state=Offer.State.OPEN):
        offer.state, offer.answered_at = Offer.State.LAPSED, now
        offer.save()
