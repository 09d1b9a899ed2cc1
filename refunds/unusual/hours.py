"""Decisions outside of a store's working hours."""

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.audit.search.unusual import Finding, Unusual
from backoffice.models import User
from merchants import calendars
from merchants.models import Store
from refunds.unusual.decisions import decisions, history_of, newest


def find(user: User | AnonymousUser, since: datetime) -> Iterator[Finding]:
    """Decisions at a time when the store's calendar is closed – at night, where it has none."""
    stores = {store.pk: store for store in Store.objects.select_related("calendar")}
    with calendars.remembered():
        for entry in newest(decisions(user, since), "store"):
            store = stores.get(entry["store"])
            if store is not None and is_closed(store, entry["at"]):
                yield _finding(entry, store)


def is_closed(store: Store, at: datetime) -> bool:
    """Whether nobody is expected to work in ``store`` at that moment."""
    if store.calendar_id is not None:
        return not calendars.is_open(store, at)
    hour = at.astimezone(ZoneInfo(store.time_zone)).hour
    night, morning = settings.UNUSUAL_NIGHT_FROM, settings.UNUSUAL_NIGHT_UNTIL
    return hour >= night or hour < morning


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
