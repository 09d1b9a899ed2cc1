"""Working time: when a store's clock has run for so long, and how long it ran between two instants.

A store without a calendar works around the clock: exact wall time, whatever the clocks do.
"""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from backoffice.exceptions import BackofficeError
from merchants.models import SpecialDay, Store, WorkingCalendar, WorkingHours
from merchants.schedules import DAY, Hours, Schedule, Stretch

CLOSED_AT_MOST = 800  # days without an hour of work, after which a calendar counts as never open
NOTHING = timedelta(0)


class NeverOpens(BackofficeError):
    """A calendar with no working hour in the years to come: no clock could ever end."""

    status = 409


def after(store: Store, start: datetime, span: timedelta) -> datetime:
    """The first instant at which ``store`` has worked for ``span`` since ``start``, aware, in UTC.

    Raises ``NeverOpens`` where its calendar has no working time.
    """
    start = start.astimezone(UTC)
    if span <= NOTHING or store.calendar_id is None:
        return start + max(span, NOTHING)
    stretches = _stretches(store, start)
    while True:  # a store that works at all works again
        opens, closes = next(stretches)
        worked = closes - max(opens, start)
        if span <= worked:
            return max(opens, start) + span
        span -= max(worked, NOTHING)


def between(store: Store, start: datetime, end: datetime) -> timedelta:
    """How long ``store`` works between ``start`` and ``end``; zero where ``end`` is not later."""
    start, end = start.astimezone(UTC), end.astimezone(UTC)
    if end <= start or store.calendar_id is None:
        return max(end - start, NOTHING)
    schedule, worked = schedule_of(store), NOTHING
    day, last = _local_day(schedule, start) - DAY, _local_day(schedule, end) + DAY
    while day <= last:
        for opens, closes in schedule.on(day):
            worked += max(min(closes, end) - max(opens, start), NOTHING)
        day += DAY
    return worked


def is_open(store: Store, at: datetime) -> bool:
    """Whether ``store`` works at that instant; always, where it has no calendar."""
    if store.calendar_id is None:
        return True
    schedule = schedule_of(store)
    today = _local_day(schedule, at)
    stretches = (stretch for day in (today - DAY, today) for stretch in schedule.on(day))
    return any(opens <= at < closes for opens, closes in stretches)


def _stretches(store: Store, start: datetime) -> Iterator[Stretch]:
    """What ``store`` works from ``start`` on, for ever; raises ``NeverOpens`` where that is nothing."""
    schedule, closed = schedule_of(store), 0
    day = _local_day(schedule, start) - DAY
    while closed < CLOSED_AT_MOST:
        stretches = schedule.on(day)
        yield from stretches
        closed = 0 if stretches else closed + 1
        day += DAY
    raise NeverOpens(
        _("The working calendar of %(store)s never opens. Ask the platform to give it hours.")
        % {"store": store}
    )


def _local_day(schedule: Schedule, at: datetime) -> date:
    return at.astimezone(schedule.zone).date()


_kept: ContextVar[dict[tuple[int, str], Schedule] | None] = ContextVar("schedules", default=None)


@contextmanager
def remembered() -> Iterator[None]:
    """Read each calendar once while inside: for one case's sums, or for one batch of cases."""
    if _kept.get() is not None:
        yield
        return
    token = _kept.set({})
    try:
        yield
    finally:
        _kept.reset(token)


def schedule_of(store: Store) -> Schedule:
    """The store's calendar as it stands now, or as it stood when this frame first asked."""
    kept, key = _kept.get(), (store.calendar_id or 0, store.time_zone)
    if kept is None:
        return _read(store)
    if key not in kept:
        kept[key] = _read(store)
    return kept[key]


def _read(store: Store) -> Schedule:
    return read(store.calendar, ZoneInfo(store.time_zone))


def read(calendar: WorkingCalendar | None, zone: ZoneInfo) -> Schedule:
    """The calendar's active rows, as hours in ``zone``."""
    rows = {"calendar": calendar, "active": True}
    weekly: dict[int, list[Hours]] = defaultdict(list)
    for row in WorkingHours.objects.filter(**rows):
        weekly[row.weekday].append((row.opens, row.closes))
    special = dict(SpecialDay.objects.filter(**rows).values_list("day", "open"))
    return Schedule(zone, dict(weekly), special, calendar.country if calendar else "")
