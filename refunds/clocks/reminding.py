"""When a clock reminds: at half of its time, and at four fifths."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from refunds.clocks import counting
from refunds.models import Clock, Pause, RefundCase

PARTS = (0.5, 0.8)
# The others wait for the buyer.
REMINDED = (*counting.STORE_CLOCKS, Clock.ARBITRATE, Clock.APPEAL, Clock.ADVANCE)


def next_reminder(case: RefundCase, pauses: Iterable[Pause] = ()) -> datetime | None:
    """When the next reminder of the running clock is due; ``None`` after the last.

    Time in which the clock stood still does not count. A return that is still under way reminds
    nobody: there is nothing to inspect.
    """
    started, due = case.clock_started_at, case.due_at
    if case.clock not in REMINDED or case.reminders >= len(PARTS) or not (started and due):
        return None
    if case.clock == Clock.INSPECT and case.return_sent_at and not case.return_arrived_at:
        return None
    if due <= started:
        return None
    stretches = _stretches(started, due, pauses)
    whole = sum((counting.ran(case, a, b) for a, b in stretches), timedelta(0))
    return _when(case, stretches, whole * PARTS[case.reminders])


def _stretches(
    started: datetime, due: datetime, pauses: Iterable[Pause]
) -> list[tuple[datetime, datetime]]:
    """The times in which the clock ran, in order."""
    stretches, begin = [], started
    for pause in sorted(pauses, key=lambda pause: pause.started_at):
        stretches.append((begin, pause.started_at))
        begin = pause.ended_at or pause.until
    return [*stretches, (begin, due)]


def _when(
    case: RefundCase, stretches: list[tuple[datetime, datetime]], part: timedelta
) -> datetime:
    for begin, end in stretches[:-1]:
        length = counting.ran(case, begin, end)
        if part <= length:
            return counting.ahead(case, begin, part)
        part -= length
    return counting.ahead(case, stretches[-1][0], part)
