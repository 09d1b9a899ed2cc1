"""History is verified without anybody asking: what is new often, all of it every night, once each."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.conf import LazySettings
from django.core.exceptions import ImproperlyConfigured

from backoffice import env
from backoffice.actors import person
from backoffice.audit.log.models import Verification
from backoffice.audit.log.running import ask
from backoffice.audit.log.scheduling import due, verify_when_due
from backoffice.audit.log.ticking import seal_at_tick
from backoffice.settings import CELERY_BEAT_SCHEDULE
from tests.audit.log.sealed import rename
from tests.cast import Cast

pytestmark = [pytest.mark.once, pytest.mark.django_db]
NOON = datetime(2026, 3, 10, 4, 0, tzinfo=UTC)  # 12:00 at the desk
NIGHT = datetime(2026, 3, 10, 19, 0, tzinfo=UTC)  # 03:00 there


@pytest.fixture
def clock(cast: Cast) -> time_machine.Traveller:
    """Noon at the desk; some history is sealed, and was verified just now."""
    with time_machine.travel(NOON, tick=False) as clock:
        seal_at_tick()
        verify_when_due()
        yield clock


def runs() -> list[tuple[str, str, int]]:
    found = Verification.objects.order_by("pk").select_related("asked_by")
    return [(run.asked_by.username, run.state, run.since) for run in found]


def test_a_new_product_is_verified_at_once_by_the_timer(clock: time_machine.Traveller) -> None:
    assert runs() == [("timer", "holds", 0)]
    version = Verification.objects.get().history.latest()
    assert (version.source, version.history_change_reason) == (
        "timer",
        "The verification came to its end.",
    )
    assert due() == ""


def test_what_is_new_is_verified_after_ten_minutes_if_there_is_anything(
    cast: Cast, clock: time_machine.Traveller
) -> None:
    size = Verification.objects.get().size
    rename(cast)
    clock.shift(timedelta(minutes=9))
    seal_at_tick()
    assert due() == ""
    clock.shift(timedelta(minutes=1))
    verify_when_due()
    assert runs()[1:] == [("timer", "holds", size)]


def test_verifying_is_no_reason_to_verify(clock: time_machine.Traveller) -> None:
    for _hour in range(3):
        clock.shift(timedelta(hours=1))
        seal_at_tick()
        verify_when_due()
    assert len(runs()) == 1


def test_everything_is_verified_every_night_once(clock: time_machine.Traveller) -> None:
    for moment, count in (
        (NIGHT - timedelta(seconds=1), 1),
        (NIGHT, 2),
        (NIGHT + timedelta(hours=5), 2),
        (NIGHT + timedelta(days=1, hours=2), 3),  # nobody was there at three
    ):
        clock.move_to(moment)
        verify_when_due()
        assert [since for _who, _state, since in runs()] == [0] * count


def test_somebody_who_asked_tonight_asked_for_the_night(
    cast: Cast, clock: time_machine.Traveller
) -> None:
    clock.move_to(NIGHT + timedelta(minutes=1))
    ask(actor=person(cast.auditor), only_new=False)
    verify_when_due()
    assert runs()[1:] == [("auditor", "holds", 0)]
    assert due() == ""


def test_both_can_be_left_to_people(
    cast: Cast, clock: time_machine.Traveller, settings: LazySettings
) -> None:
    settings.AUDIT_VERIFY_ALL_AT, settings.AUDIT_VERIFY_NEW_MINUTES = "", 0
    rename(cast)
    clock.shift(timedelta(days=3))
    seal_at_tick()
    assert due() == ""


@pytest.mark.once
def test_beat_looks_every_minute() -> None:
    entry = CELERY_BEAT_SCHEDULE["verify"]
    assert (entry["task"], entry["schedule"]) == (verify_when_due.name, 60)


@pytest.mark.once
def test_the_time_of_day_is_a_time_of_day_or_never(monkeypatch: pytest.MonkeyPatch) -> None:
    for text, told in (("", "03:00"), ("04:30", "04:30"), ("never", "")):
        monkeypatch.setenv("AUDIT_VERIFY_ALL_AT", text)
        assert env.time_of_day("AUDIT_VERIFY_ALL_AT", "03:00") == told
    monkeypatch.setenv("AUDIT_VERIFY_ALL_AT", "at night")
    with pytest.raises(ImproperlyConfigured, match="such as 03:00, or to never"):
        env.time_of_day("AUDIT_VERIFY_ALL_AT", "03:00")
