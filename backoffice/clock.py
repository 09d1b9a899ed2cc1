"""The one place that tells the time, and says how long until."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext


def now() -> datetime:
    """The current time, aware, in UTC."""
    return timezone.now()


def trusted_now() -> datetime:
    """The time at which a deadline may be called passed: this machine's or the database's, the earlier.

    A worker whose clock is ahead approves nothing early; one that is behind is merely late.
    """
    return min(now(), database_now())


def has_come(moment: datetime) -> bool:
    """Whether ``moment`` has come by both clocks; the database is asked only where this machine thinks so."""
    return moment <= now() and moment <= trusted_now()


def latest_now() -> datetime:
    """The time from which a clock may be started: this machine's or the database's, the later.

    A machine whose clock is behind takes no time away from anybody.
    """
    return max(now(), database_now())


def database_now() -> datetime:
    """What time the database has it, where that is a server of its own; else this machine's time."""
    if connection.vendor != "postgresql" or not settings.DATABASE_CLOCK:
        return now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]


def spell(span: timedelta) -> str:
    """``span`` as a person says it, in its two largest units: “1 d 4 h”, “35 min”."""
    minutes = abs(int(span.total_seconds())) // 60
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        return _("%(days)d d %(hours)d h") % {"days": days, "hours": hours}
    if hours:
        return _("%(hours)d h %(minutes)d min") % {"hours": hours, "minutes": minutes}
    return ngettext("%(n)d min", "%(n)d min", minutes) % {"n": minutes}


def countdown(due: datetime, at: datetime | None = None) -> str:
    """How long until ``due``, or how long ago it passed."""
    left = due - (at or now())
    if left >= timedelta(0):
        return _("%(span)s left") % {"span": spell(left)}
    return _("%(span)s overdue") % {"span": spell(left)}
