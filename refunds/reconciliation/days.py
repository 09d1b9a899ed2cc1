"""The days of an account: where each begins and ends, and on which of them a booking counts."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction

from merchants.models import Store
from refunds.models import ReconciliationDay

ONE = timedelta(days=1)
State = ReconciliationDay.State


def bounds(store: Store, day: date) -> tuple[datetime, datetime]:
    """When ``day`` begins and ends in the store's time zone, in UTC: 23 to 25 hours apart."""
    zone = ZoneInfo(store.time_zone)
    begin, end = (datetime.combine(d, time.min, zone) for d in (day, day + ONE))
    return begin.astimezone(UTC), end.astimezone(UTC)


def today(store: Store, at: datetime) -> date:
    """What day it is in the store."""
    return at.astimezone(ZoneInfo(store.time_zone)).date()


def row_for(store: Store, account: str, currency: str, day: date) -> ReconciliationDay:
    """The day's row, made where it is missing. Called inside the frame of whoever needs it."""
    key = {"store": store, "account": account, "currency": currency, "day": day}
    found = ReconciliationDay.objects.filter(**key).first()
    if found is not None:
        return found
    starts_at, ends_at = bounds(store, day)
    try:
        with transaction.atomic():
            return ReconciliationDay.objects.create(**key, starts_at=starts_at, ends_at=ends_at)
    except IntegrityError:  # somebody made it this moment
        return ReconciliationDay.objects.get(**key)


def locked(rows: Iterable[ReconciliationDay]) -> dict[int, ReconciliationDay]:
    """The rows by id, under their locks, always in the same order."""
    ids = sorted({row.pk for row in rows})
    held = ReconciliationDay.objects.filter(pk__in=ids).select_related("store").order_by("pk")
    return {row.pk: row for row in held.select_for_update(of=("self",))}


def open_day_after(day: ReconciliationDay) -> ReconciliationDay:
    """The first day behind ``day`` that is not closed."""
    key = {"account": day.account, "currency": day.currency}
    later = ReconciliationDay.objects.filter(store=day.store, day__gt=day.day, **key)
    closed = set(later.filter(state=State.CLOSED).values_list("day", flat=True))
    follows = day.day + ONE
    while follows in closed:
        follows += ONE
    return row_for(day.store, day=follows, **key)
