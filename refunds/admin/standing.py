"""Where a row that holds for a time stands: it is planned, in force now, or past."""

from datetime import datetime
from typing import Protocol

from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from backoffice import clock
from backoffice.admin.display import pill

LOOKS = {"now": "ok", "planned": "waiting", "past": "retired"}
WORDS: dict[str, str | Promise] = {
    "now": _("in force"),
    "planned": _("from later on"),
    "past": _("ended"),
}


class Dated(Protocol):
    """A row with a beginning, and with an end where one is known."""

    valid_from: datetime
    valid_until: datetime | None


def standing(row: Dated, at: datetime) -> str:
    """``now``, ``planned`` or ``past``; at its very end it is past."""
    if row.valid_until and row.valid_until <= at:
        return "past"
    return "planned" if row.valid_from > at else "now"


def standing_pill(row: Dated) -> SafeString:
    """Where the row stands now."""
    found = standing(row, clock.now())
    return pill(LOOKS[found], WORDS[found])
