"""Decisions outside of a store's working hours."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import time
from functools import reduce
from operator import itemgetter, or_
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db.models import Q
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.audit.search.unusual import MOST, Finding, Period, Unusual
from backoffice.models import User
from merchants import calendars
from merchants.models import Store
from merchants.schedules import DAY, Stretch, instant
from refunds.unusual.decisions import decisions, history_of, newest


def find(user: User | AnonymousUser, period: Period) -> Iterator[Finding]:
    """Decisions at a time when the store's calendar is closed – at night, where it has none."""
    stores = Store.objects.select_related("calendar").in_bulk()
    alike: defaultdict[tuple[int | None, str], list[Store]] = defaultdict(list)
    for store in stores.values():
        alike[store.calendar_id, store.time_zone].append(store)
    found = [entry for group in alike.values() for entry in _decided(user, period, group)]
    for entry in sorted(found, key=itemgetter("at"), reverse=True)[: MOST + 1]:
        yield _finding(entry, stores[entry["store"]])


def _decided(user: User | AnonymousUser, period: Period, stores: list[Store]) -> Iterable[dict]:
    """The newest decisions in stores that keep the same hours, while they were closed."""
    shut = (Q(at__gte=start, at__lt=end) for start, end in closed(stores[0], period))
    inside = Q(store__in=[store.pk for store in stores]) & reduce(or_, shut, Q(pk__in=()))
    return newest(decisions(user, period).filter(inside), "store")


def closed(store: Store, period: Period) -> Iterator[Stretch]:
    """The stretches of the period in which nobody is expected to work in ``store``."""
    begins = period.since
    for opens, closes in _worked(store, period):
        if begins < opens and begins < period.until:
            yield begins, min(opens, period.until)
        begins = max(begins, closes)
    if begins < period.until:
        yield begins, period.until


def _worked(store: Store, period: Period) -> Iterator[Stretch]:
    """What the store works around the period, in order: by its calendar, or all day but at night."""
    zone = ZoneInfo(store.time_zone)
    schedule = calendars.schedule_of(store) if store.calendar_id is not None else None
    night, morning = settings.UNUSUAL_NIGHT_FROM, settings.UNUSUAL_NIGHT_UNTIL
    day, last = period.since.astimezone(zone).date() - DAY, period.until.astimezone(zone).date()
    while day <= last:
        if schedule is None:
            evening = instant(day + DAY * (night // 24), time(night % 24), zone)
            yield instant(day, time(morning), zone), evening
        else:
            yield from (stretch for stretch in schedule.on(day) if stretch[0] < period.until)
        day += DAY


def _finding(entry: dict, store: Store) -> Finding:
    local = entry["at"].astimezone(ZoneInfo(store.time_zone))
    words = {
        "who": entry["actor_name"],
        "number": entry["number"],
        "when": date_format(local, "l H:i"),
        "store": store,
    }
    sentence = _("%(who)s decided %(number)s on %(when)s, when %(store)s does not work.") % words
    return Finding(sentence, entry["at"], history_of(entry["row"]))


def _limits() -> Iterator[str]:
    yield _("A store with a working calendar goes by it.")
    yield _("A store without one does not work from %(night)d:00 to %(morning)d:00 in its own time.") % {
        "night": settings.UNUSUAL_NIGHT_FROM,
        "morning": settings.UNUSUAL_NIGHT_UNTIL,
    }  # fmt: skip


QUESTIONS = [
    Unusual(
        "hours",
        gettext_lazy("Decisions outside working hours"),
        gettext_lazy(
            "Who decides when nobody else is there is not seen by anybody; a stolen account is used at such hours, too."
        ),
        _limits,
        find,
    ),
]
