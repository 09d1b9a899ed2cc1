"""Public holidays, and the weekends that are worked to make up for them, by a kept library.

It is loaded when the first calendar asks: what works by no calendar does without its memory.
"""

from datetime import date, timedelta
from functools import lru_cache

Days = frozenset[date]
NONE: Days = frozenset()


def known(country: str) -> bool:
    """Whether the library knows the holidays of the country with this ISO 3166 code."""
    import holidays

    return country in holidays.list_supported_countries(include_aliases=False)


def is_free(country: str, day: date) -> bool:
    """Whether ``day`` is a public holiday of ``country``."""
    return bool(country) and day in _year(country, day.year)[0]


def is_made_up(country: str, day: date) -> bool:
    """Whether ``day`` is a day of the weekend that ``country`` works in exchange for a holiday."""
    return bool(country) and day in _year(country, day.year)[1]


@lru_cache(maxsize=512)
def _year(country: str, year: int) -> tuple[Days, Days]:
    """The free days of a year, and the days of its weekends that are worked."""
    if not known(country):
        return NONE, NONE
    import holidays

    # The next year too: its New Year may be made up for in this December.
    calendar = holidays.country_holidays(country, years=(year - 1, year, year + 1))
    worked = {day for day in calendar.weekend_workdays if day.year == year}
    free = {day for day in calendar if day.year == year} - worked
    if worked:
        free |= _between_holidays(free, calendar.weekend, worked)
    return frozenset(free), frozenset(worked)


def _between_holidays(free: set[date], weekend: set[int], worked: set[date]) -> set[date]:
    """The weekends inside a long holiday: who moves working days around, closes over them too.

    The library names only the weekdays that are free, so the Saturday in the middle of a Golden
    Week would look like any other.
    """
    day, inside = timedelta(days=1), set()
    for last in free:
        gap, following = set(), last + day
        while following.weekday() in weekend and following not in free | worked:
            gap.add(following)
            following += day
        if following in free:
            inside |= gap
    return inside
