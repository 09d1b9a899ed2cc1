"""Working calendars in the admin: set up by the platform, read by everybody, refused in sentences."""

from datetime import time
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from merchants.models import SpecialDay, Store, WorkingCalendar, WorkingHours
from tests.cast import Cast

pytestmark = pytest.mark.once  # every page is opened on PostgreSQL by tests/access/test_opening.py

ADD = reverse("admin:merchants_workingcalendar_add")
ROW = ("opens", "closes")


def posted(
    hours: list[tuple[Any, ...]], special: list[tuple[str, str]] = (), **more: Any
) -> dict[str, Any]:
    """What a browser sends: each row of hours is weekday, opens, closes, and whether it counts."""
    data: dict[str, Any] = {
        "code": "daytime",
        "name": "Daytime",
        "country": "cn",
        "change_reason": "Asked by the merchant.",
        "hours-TOTAL_FORMS": len(hours),
        "hours-INITIAL_FORMS": 0,
        "special_days-TOTAL_FORMS": len(special),
        "special_days-INITIAL_FORMS": 0,
    }
    for n, (weekday, opens, closes, *off) in enumerate(hours):
        data |= {
            f"hours-{n}-weekday": weekday,
            f"hours-{n}-opens": opens,
            f"hours-{n}-closes": closes,
        }
        data |= {} if off else {f"hours-{n}-active": "on"}
    for n, (day, note) in enumerate(special):
        data |= {f"special_days-{n}-day": day, f"special_days-{n}-note": note}
        data |= {f"special_days-{n}-active": "on"}
    return data | more


def test_the_platform_sets_up_a_calendar_and_history_says_why(client: Client, cast: Cast) -> None:
    client.force_login(cast.platform)
    response = client.post(
        ADD, posted([(0, "09:00", "21:00"), (1, "", "")], [("2026-12-24", "Stock-taking")])
    )
    assert response.status_code == 302
    calendar = WorkingCalendar.objects.get()
    assert calendar.country == "CN"
    hours = WorkingHours.objects.get()
    assert (hours.weekday, hours.opens, hours.closes) == (0, time(9), time(21))
    for row in (calendar, hours, SpecialDay.objects.get()):
        version = row.history.get()
        assert (version.history_user, version.history_change_reason) == (
            cast.platform,
            "Asked by the merchant.",
        )


@pytest.mark.parametrize(
    ("hours", "special", "sentence"),
    [
        ([], [], "never opens"),
        ([(0, "09:00", "21:00", "off")], [], "never opens"),
        ([(0, "21:00", "09:00")], [], "Hours end after they begin"),
        ([(0, "09:00", "09:00")], [], "Hours end after they begin"),
        ([(0, "09:00", "21:00"), (0, "09:00", "12:00", "off")], [], "begin at the same hour"),
        ([(0, "09:00", "13:00"), (0, "12:00", "18:00")], [], "On Monday two rows overlap"),
        ([(0, "09:00", "00:00"), (0, "22:00", "23:00")], [], "On Monday two rows overlap"),
        ([(0, "09:00", "25:00")], [], "Enter a valid time"),
        ([(7, "09:00", "21:00")], [], "Select a valid choice"),
        (
            [(0, "09:00", "21:00")],
            [("2026-12-24", "a"), ("2026-12-24", "b")],
            "The day 2026-12-24 is named twice",
        ),
    ],
)
def test_a_calendar_that_makes_no_sense_is_refused_with_a_sentence(
    client: Client, cast: Cast, hours: Any, special: Any, sentence: str
) -> None:
    client.force_login(cast.platform)
    response = client.post(ADD, posted(hours, special))
    assert response.status_code == 200
    assert sentence in response.content.decode()
    assert not WorkingCalendar.objects.exists()


def test_an_unknown_country_is_refused_with_a_sentence(client: Client, cast: Cast) -> None:
    client.force_login(cast.platform)
    response = client.post(ADD, posted([(0, "09:00", "21:00")], country="XX"))
    assert "public holidays of “XX” are not known" in response.content.decode()
    assert not WorkingCalendar.objects.exists()


def test_everybody_reads_what_only_the_platform_writes(client: Client, cast: Cast) -> None:
    client.force_login(cast.platform)
    client.post(ADD, posted([(0, "09:00", "21:00")]))
    page = reverse(
        "admin:merchants_workingcalendar_change", args=[WorkingCalendar.objects.get().pk]
    )
    for user in (cast.staff, cast.staff2, cast.auditor, cast.manager):
        client.force_login(user)
        text = client.get(page).content.decode()
        assert "The next four weeks" in text
        assert "Stock-taking" not in text
        assert client.get(ADD).status_code == 403
        assert client.post(page, posted([(0, "10:00", "21:00")])).status_code in (403, 405)
    assert WorkingHours.objects.get().opens == time(9)


def test_each_field_in_a_row_of_hours_says_what_it_is(client: Client, cast: Cast) -> None:
    client.force_login(cast.platform)
    row = client.get(ADD).content.decode().split('name="hours-0-opens"', 1)[1].split(">", 1)[0]
    assert 'aria-label="Opens"' in row


def test_hours_are_switched_off_and_stay_on_record(client: Client, cast: Cast) -> None:
    client.force_login(cast.platform)
    client.post(ADD, posted([(0, "09:00", "21:00"), (1, "09:00", "21:00")]))
    calendar = WorkingCalendar.objects.get()
    monday, tuesday = calendar.hours.all()
    page = reverse("admin:merchants_workingcalendar_change", args=[calendar.pk])
    data = posted([(0, "09:00", "21:00"), (1, "09:00", "21:00", "off")])
    data |= {"hours-INITIAL_FORMS": 2, "hours-0-id": monday.pk, "hours-1-id": tuesday.pk}
    data |= {f"hours-{n}-calendar": calendar.pk for n in (0, 1)} | {"hours-1-DELETE": "on"}
    assert client.post(page, data).status_code == 302
    tuesday = WorkingHours.objects.get(pk=tuesday.pk)
    assert not tuesday.active
    assert tuesday.history.count() == 2


def test_a_store_gets_its_calendar_and_its_time_zone(client: Client, cast: Cast) -> None:
    client.force_login(cast.platform)
    client.post(ADD, posted([(0, "09:00", "21:00")]))
    calendar = WorkingCalendar.objects.get()
    page = reverse("admin:merchants_store_change", args=[cast.a.pk])
    form = client.get(page).context["adminform"].form
    data = {name: form.initial.get(name) or "" for name in form.fields}
    data |= {"calendar": calendar.pk, "time_zone": "Mars/Olympus", "change_reason": "Moved."}
    assert "is no time zone" in client.post(page, data).content.decode()
    data["time_zone"] = "Europe/Berlin"
    assert client.post(page, data).status_code == 302
    store = Store.objects.get(pk=cast.a.pk)
    assert (store.calendar, store.time_zone) == (calendar, "Europe/Berlin")
