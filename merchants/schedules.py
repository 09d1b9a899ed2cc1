"""A working calendar as instants: from what hour to what hour a store works on a day."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from merchants import public_holidays

DAY = timedelta(days=1)
MIDNIGHT = time(0)
Hours = tuple[time, time]
Stretch = tuple[datetime, datetime]


@dataclass
class Schedule:
    """The working days of one calendar in one time zone; what was asked once is remembered.

    ``weekly`` are the hours by weekday (Monday is 0), ``special`` the days that differ: open like
    a Monday, or closed. A ``closes`` of 00:00 is the end of the day.
    """

    zone: ZoneInfo
    weekly: dict[int, list[Hours]]
    special: dict[date, bool] = field(default_factory=dict)
    country: str = ""
    _days: dict[date, list[Stretch]] = field(default_factory=dict)

    def on(self, day: date) -> list[Stretch]:
        """The stretches worked on a local day, in UTC and in order."""
        if day not in self._days:
            self._days[day] = _joined(s for s in self._instants(day) if s[0] < s[1])
        return self._days[day]

    def _instants(self, day: date) -> Iterable[Stretch]:
        for opens, closes in sorted(self.hours(day)):
            last = day + DAY if closes == MIDNIGHT else day
            yield instant(day, opens, self.zone), instant(last, closes, self.zone)

    def hours(self, day: date) -> list[Hours]:
        """The hours on the wall that apply to ``day``: its own word, then the holidays', then the week's."""
        usual = self.weekly.get(day.weekday(), [])
        if day in self.special:
            return self.like_a_monday if self.special[day] else []
        if public_holidays.is_made_up(self.country, day):
            return usual or self.like_a_monday
        return [] if public_holidays.is_free(self.country, day) else usual

    @property
    def like_a_monday(self) -> list[Hours]:
        """What is worked on a day that is open out of turn: Monday's hours, or the week's first."""
        return next((self.weekly[n] for n in sorted(self.weekly) if self.weekly[n]), [])


def _joined(stretches: Iterable[Stretch]) -> list[Stretch]:
    """Stretches that overlap, as one: no hour counts twice."""
    joined: list[Stretch] = []
    for opens, closes in stretches:
        if joined and opens <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], closes))
        else:
            joined.append((opens, closes))
    return joined


def instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    """When the clocks of ``zone`` show that hour, in UTC.

    An hour that comes twice (clocks go back) means its first time, also as the end of a stretch:
    so stretches that meet on the wall meet in time. An hour that is left out (clocks go forward)
    means the instant of the change.
    """
    wall = datetime.combine(day, at, tzinfo=zone)
    first = wall.astimezone(UTC)
    if first.astimezone(zone).replace(tzinfo=None) == wall.replace(tzinfo=None):
        return first
    return _change(wall.replace(fold=1).astimezone(UTC), first, zone)


def _change(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The second between two instants at which the zone's offset changes."""
    low, high = int(before.timestamp()), int(after.timestamp())
    offset = before.astimezone(zone).utcoffset()
    while high - low > 1:
        middle = (low + high) // 2
        if datetime.fromtimestamp(middle, zone).utcoffset() == offset:
            low = middle
        else:
            high = middle
    return datetime.fromtimestamp(high, UTC)
