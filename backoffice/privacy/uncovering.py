"""Uncovering what is masked on the pages of one row: with a reason, for a few minutes, on record."""

from datetime import datetime, timedelta

from django.http import HttpRequest
from django.utils.translation import gettext as _

from backoffice import clock
from backoffice.access import Scoped, covers
from backoffice.exceptions import BadInput, NotAllowed
from backoffice.privacy.reading import UNCOVER, current_look

LASTS = timedelta(minutes=10)
KEPT = "uncovered"


def may_uncover(request: HttpRequest, row: Scoped) -> bool:
    """Whether anything is masked for this person that they may ask to see."""
    return covers(request.user, UNCOVER, row)


def uncover(request: HttpRequest, row: Scoped, reason: str) -> None:
    """Show the row's personal data to this person from now on, for a while.

    Raises ``NotAllowed`` without the permission in the row's store, ``BadInput`` without a reason.
    """
    if not may_uncover(request, row):
        raise NotAllowed
    reason = reason.strip()
    if not reason:
        raise BadInput(_("Say why you need to see it. The reason is kept with your name."))
    until = clock.now() + LASTS
    kept = {key: entry for key, entry in _kept(request).items() if _stands(entry)}
    request.session[KEPT] = {**kept, _key(row): [reason[:300], until.isoformat()]}


def uncovered(request: HttpRequest, row: Scoped) -> str:
    """Why the row's data are uncovered for this person now; empty where they are not."""
    entry = _kept(request).get(_key(row))
    return entry[0] if entry and _stands(entry) and may_uncover(request, row) else ""


def look_into(request: HttpRequest, row: Scoped) -> None:
    """Let this page of ``row`` show what was uncovered for it."""
    look, reason = current_look(), uncovered(request, row)
    if look is not None and reason:
        look.uncover(reason)


def _kept(request: HttpRequest) -> dict[str, list[str]]:
    session = getattr(request, "session", None)
    return session.get(KEPT, {}) if session is not None else {}


def _key(row: Scoped) -> str:
    return f"{row._meta.label_lower}:{row.pk}"


def _stands(entry: list[str]) -> bool:
    return datetime.fromisoformat(entry[1]) > clock.now()
