"""Working time: sums over nights, holidays and changes of the clock, in any time zone."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from django.utils.translation import override
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from backoffice.actors import INSTALLER, system
from backoffice.audit.recording import recorded
from merchants import calendars, public_holidays
from merchants.models import SpecialDay, Store, WorkingCalendar, WorkingHours
from merchants.schedules import Schedule, instant
from tests.cast import Cast

NINE_TO_NINE = [(time(9), time(21))]
WEEK = dict.fromkeys(range(6), NINE_TO_NINE)  # Monday to Saturday
HOUR = timedelta(hours=1)


def store_with(schedule: Schedule) -> Store:
    """A store that works by ``schedule``, without a database."""
    store = Store(name="Any", calendar_id=1, time_zone=str(schedule.zone))
    calendars._kept.set({(1, str(schedule.zone)): schedule})
    return store


@pytest.fixture(autouse=True)
def forget() -> Iterator[None]:
    """No calendar is kept from one test to the next, of this file or of another."""
    yield
    calendars._kept.set(None)


def shanghai(*at: int) -> datetime:
    return datetime(*at, tzinfo=ZoneInfo("Asia/Shanghai"))


def works(
    zone: str = "Asia/Shanghai", weekly: object = WEEK, special: object = None, country: str = ""
) -> Store:
    return store_with(Schedule(ZoneInfo(zone), dict(weekly), dict(special or {}), country))


@pytest.mark.once
def test_a_store_without_a_calendar_works_around_the_clock_whatever_the_clocks_do() -> None:
    store = Store(time_zone="Europe/Berlin")
    night = datetime(2026, 3, 28, 20, tzinfo=ZoneInfo("Europe/Berlin"))
    assert calendars.after(store, night, timedelta(hours=24)) == night.astimezone(UTC) + timedelta(
        hours=24
    )
    assert calendars.between(store, night, night + timedelta(hours=24)) == timedelta(hours=23)


@pytest.mark.once
@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        ((2026, 7, 6, 10), 3, (2026, 7, 6, 13)),  # within a day
        ((2026, 7, 6, 20), 2, (2026, 7, 7, 10)),  # over a night
        ((2026, 7, 6, 20), 1, (2026, 7, 6, 21)),  # to the last minute of a day, not into the next
        ((2026, 7, 6, 3), 12, (2026, 7, 6, 21)),  # begun before opening
        ((2026, 7, 11, 20), 2, (2026, 7, 13, 10)),  # over a Sunday
        ((2026, 12, 31, 20), 13, (2027, 1, 1, 21)),  # over the end of the year
        ((2028, 2, 28, 20), 2, (2028, 2, 29, 10)),  # into a leap day
        ((2028, 2, 28, 20), 25, (2028, 3, 1, 21)),  # over a leap day
        ((2027, 2, 27, 20), 2, (2027, 3, 1, 10)),  # no leap day
    ],
)
def test_hours_are_counted_while_the_store_works(
    start: tuple[int, ...], hours: int, end: tuple[int, ...]
) -> None:
    store = works()
    assert calendars.after(store, shanghai(*start), timedelta(hours=hours)) == shanghai(*end)
    assert calendars.between(store, shanghai(*start), shanghai(*end)) == timedelta(hours=hours)


@pytest.mark.once
def test_several_stretches_a_day_and_a_shift_over_midnight() -> None:
    weekly = {
        4: [(time(9), time(12)), (time(14), time(18)), (time(22), time(0))],
        5: [(time(0), time(6))],
    }
    store = works(weekly=weekly)
    friday = shanghai(2026, 7, 10, 9)
    assert calendars.after(store, friday, 4 * HOUR) == shanghai(2026, 7, 10, 15)
    assert calendars.after(store, friday, 10 * HOUR) == shanghai(2026, 7, 11, 1)
    assert calendars.between(store, shanghai(2026, 7, 10, 22), shanghai(2026, 7, 11, 6)) == 8 * HOUR


@pytest.mark.once
def test_a_golden_week_is_free_and_its_weekends_are_made_up_for() -> None:
    store = works(country="CN")
    before = shanghai(2026, 9, 30, 20)
    # October 1 to 7 is free, the Sunday inside it too; October 10 is a Saturday that is worked.
    assert calendars.after(store, before, 2 * HOUR) == shanghai(2026, 10, 8, 10)
    assert calendars.between(store, shanghai(2026, 10, 1), shanghai(2026, 10, 8)) == timedelta(0)
    # September 20 is a Sunday that is worked like a Monday.
    assert calendars.between(store, shanghai(2026, 9, 20), shanghai(2026, 9, 21)) == 12 * HOUR
    assert public_holidays.is_free("CN", date(2026, 2, 21))  # a Saturday inside the Spring Festival
    assert not public_holidays.is_free("DE", date(2026, 4, 4))  # shops open between Easter's days


@pytest.mark.once
def test_a_special_day_has_the_last_word() -> None:
    special = {date(2026, 10, 1): True, date(2026, 10, 9): False}
    store = works(special=special, country="CN")
    assert calendars.between(store, shanghai(2026, 10, 1), shanghai(2026, 10, 2)) == 12 * HOUR
    assert calendars.between(store, shanghai(2026, 10, 9), shanghai(2026, 10, 10)) == timedelta(0)


@pytest.mark.once
@pytest.mark.parametrize(
    ("day", "worked"), [(date(2026, 3, 29), 5), (date(2026, 10, 25), 7), (date(2026, 6, 7), 6)]
)
def test_a_night_shift_is_an_hour_shorter_or_longer_when_the_clocks_change(
    day: date, worked: int
) -> None:
    store = works("Europe/Berlin", {6: [(time(0), time(6))]})
    opens = instant(day, time(0), ZoneInfo("Europe/Berlin"))
    closes = instant(day, time(6), ZoneInfo("Europe/Berlin"))
    assert calendars.between(store, opens, closes) == worked * HOUR
    assert calendars.after(store, opens, worked * HOUR) == closes


@pytest.mark.once
def test_an_hour_that_is_left_out_begins_at_the_change() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    change = datetime(2026, 3, 29, 1, tzinfo=UTC)  # 02:00 becomes 03:00
    assert instant(date(2026, 3, 29), time(2, 30), berlin) == change
    store = works("Europe/Berlin", {6: [(time(2, 30), time(3, 15))]})
    assert calendars.between(store, change - HOUR, change + HOUR) == timedelta(minutes=15)


@pytest.mark.once
def test_a_day_that_never_was_has_no_hours() -> None:
    store = works("Pacific/Apia", dict.fromkeys(range(7), NINE_TO_NINE))
    thursday = instant(date(2011, 12, 29), time(20), ZoneInfo("Pacific/Apia"))
    saturday = instant(date(2011, 12, 31), time(10), ZoneInfo("Pacific/Apia"))
    assert calendars.after(store, thursday, 2 * HOUR) == saturday  # Samoa skipped that Friday


@pytest.mark.once
def test_overlapping_hours_count_once() -> None:
    store = works(weekly={0: [(time(9), time(12)), (time(11), time(14))]})
    assert calendars.between(store, shanghai(2026, 7, 6), shanghai(2026, 7, 7)) == 5 * HOUR


@pytest.mark.once
def test_a_calendar_that_never_opens_is_refused_with_a_sentence() -> None:
    store = works(weekly={})
    with override("en"), pytest.raises(calendars.NeverOpens, match="never opens"):
        calendars.after(store, shanghai(2026, 7, 6), HOUR)


zones = st.sampled_from(
    ["Asia/Shanghai", "Europe/Berlin", "America/Havana", "Australia/Lord_Howe", "Asia/Kathmandu"]
) | st.sampled_from(sorted(available_timezones() - {"localtime", "Factory"}))
times = st.times().map(lambda at: at.replace(microsecond=0))
hours = st.tuples(times, times).filter(lambda pair: pair[0] < pair[1])
weeks = st.dictionaries(st.integers(0, 6), st.lists(hours, min_size=1, max_size=3), min_size=1)
days = st.dictionaries(st.dates(date(2026, 1, 1), date(2026, 12, 31)), st.booleans(), max_size=5)
countries = st.sampled_from(["", "CN", "DE", "US"])
schedules = st.builds(Schedule, st.builds(ZoneInfo, zones), weeks, days, countries)
moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 6, 1), timezones=st.just(UTC))  # noqa: DTZ001 - they get one
spans = st.timedeltas(timedelta(0), timedelta(hours=60))


@pytest.mark.once
@settings(max_examples=60)
@given(schedules, moments, spans)
@example(
    Schedule(ZoneInfo("Europe/Berlin"), {6: [(time(2, 30), time(2, 45))]}),
    datetime(2026, 3, 28, tzinfo=UTC),
    timedelta(minutes=20),
)
def test_after_is_the_first_instant_at_which_so_much_was_worked(
    schedule: Schedule, start: datetime, span: timedelta
) -> None:
    assume(max(_minutes(schedule).values()) >= 10)
    store = store_with(schedule)
    end = calendars.after(store, start, span)
    assert end >= start + span  # never early
    assert calendars.between(store, start, end) == span
    if span:
        just_before = end - timedelta(microseconds=1)
        assert calendars.between(store, start, just_before) < span


def _minutes(schedule: Schedule) -> dict[int, float]:
    """How long each weekday's longest stretch is: very short ones would take years to add up."""
    return {
        day: max((closes.hour * 60 + closes.minute) - (opens.hour * 60 + opens.minute) for opens, closes in rows)
        for day, rows in schedule.weekly.items()
    }  # fmt: skip


@pytest.mark.once
@settings(max_examples=60)
@given(schedules, moments, st.timedeltas(timedelta(0), timedelta(days=30)), spans, spans)
def test_later_or_longer_never_ends_earlier(
    schedule: Schedule, start: datetime, later: timedelta, span: timedelta, more: timedelta
) -> None:
    assume(max(_minutes(schedule).values()) >= 10)
    store = store_with(schedule)
    end = calendars.after(store, start, span)
    assert calendars.after(store, start + later, span) >= end
    assert calendars.after(store, start, span + more) >= end
    middle = start + later
    assert calendars.between(store, start, middle) + calendars.between(
        store, middle, middle + later
    ) == calendars.between(store, start, middle + later)


def test_the_calendar_is_read_from_the_database_once_in_a_frame(
    cast: Cast, django_assert_num_queries: pytest.FixtureRequest
) -> None:
    store = _with_calendar(cast.a)
    with django_assert_num_queries(3), calendars.remembered():
        for _ in range(5):
            calendars.after(store, shanghai(2026, 7, 6, 20), 2 * HOUR)
    assert calendars.after(store, shanghai(2026, 7, 6, 20), 2 * HOUR) == shanghai(2026, 7, 8, 10)


def _with_calendar(store: Store) -> Store:
    with recorded(system(INSTALLER), "A calendar for a test."):
        calendar = WorkingCalendar.objects.create(code="cn", name="China", country="CN")
        for weekday in range(6):
            WorkingHours.objects.create(
                calendar=calendar, weekday=weekday, opens=time(9), closes=time(21)
            )
        off = {"calendar": calendar, "weekday": 0, "opens": time(21), "closes": time(23)}
        WorkingHours.objects.create(**off, active=False)
        SpecialDay.objects.create(calendar=calendar, day=date(2026, 7, 7), note="Stock-taking")
        store.calendar = calendar
        store.save()
    return Store.objects.get(pk=store.pk)
