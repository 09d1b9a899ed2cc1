"""Quarters: the periods that suppliers are assessed for."""

import re
from datetime import date

from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.exceptions import BadInput

QUARTER = re.compile(r"(20[0-9]{2})-Q([1-4])\Z", re.ASCII)


class UnknownPeriod(BadInput):
    """Not a quarter, or one that has not begun."""


def period_of(day: date) -> str:
    """The quarter that ``day`` lies in, as “2026-Q4”."""
    return f"{day.year}-Q{(day.month + 2) // 3}"


def current_period() -> str:
    """The quarter at hand, in the desk's time zone."""
    return period_of(timezone.localdate())


def check_period(text: str) -> str:
    """``text`` as a quarter that has begun; raises ``UnknownPeriod`` otherwise."""
    period = text.strip()
    if not QUARTER.match(period):
        raise UnknownPeriod(
            _("“%(period)s” is not a quarter. Write it like 2026-Q4.") % {"period": period[:40]}
        )
    if period > current_period():
        raise UnknownPeriod(_("%(period)s has not begun yet.") % {"period": period})
    return period
