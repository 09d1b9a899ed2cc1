"""Cases that wait, in a store that is open by day."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from backoffice.actors import INSTALLER, TIMER, person, system
from backoffice.audit.recording import recorded
from backoffice.clock import now
from merchants.models import SpecialDay, Store, WorkingCalendar, WorkingHours
from refunds.models import Kind, RefundCase
from refunds.workflow import perform
from tests.cast import Cast
from tests.refunds.factories import make_case, make_order

HOUR, TICK = timedelta(hours=1), timedelta(microseconds=1)
FOUR = timedelta(hours=4)


def shanghai(*at: int) -> datetime:
    return datetime(*at, tzinfo=ZoneInfo("Asia/Shanghai")).astimezone(UTC)


def open_daytime(store: Store, **special: bool) -> None:
    """Let ``store`` work from Monday to Saturday, 9 to 21."""
    with recorded(system(INSTALLER), "A calendar for a test."):
        calendar = WorkingCalendar.objects.create(code="day", name="Day", country="CN")
        for weekday in range(6):
            WorkingHours.objects.create(
                calendar=calendar, weekday=weekday, opens=time(9), closes=time(21)
            )
        for day, is_open in special.items():
            day = date.fromisoformat(day.removeprefix("d").replace("_", "-"))
            SpecialDay.objects.create(calendar=calendar, day=day, open=is_open, note="Test")
        store.calendar = calendar
        store.save()


def received(cast: Cast, **request: Any) -> RefundCase:
    """A refund_only case about goods that arrived: 48 hours, one pause for evidence of 48."""
    order = make_order(cast.a, shipped=now() - 9 * HOUR, delivered=now() - HOUR)
    return make_case(order, cast.staff, **request)


def returned(cast: Cast) -> RefundCase:
    """A return that may be sent back."""
    order = make_order(cast.a, shipped=now() - 9 * HOUR, delivered=now() - HOUR)
    case = make_case(order, cast.staff, kind=Kind.RETURN_REFUND)
    return do("approve", case, cast, return_address="1 Any Street")


def do(action: str, case: RefundCase, cast: Cast, **details: Any) -> RefundCase:
    details.setdefault("note", "For a test.")
    return perform(action, case_id=case.pk, actor=person(cast.staff), **details)


def tick(action: str, case: RefundCase) -> RefundCase:
    return perform(action, case_id=case.pk, actor=system(TIMER))
