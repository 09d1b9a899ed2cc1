"""Closing a day, and opening it again: each by somebody who had no hand in what came before."""

from datetime import timedelta

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop, ngettext

from backoffice import clock
from backoffice.actors import IMPORTER, Actor, system
from backoffice.audit.recording import recorded
from backoffice.audit.timeline import register_action_labels
from backoffice.exceptions import BadInput, NotAllowed, NotFound, WrongState
from refunds.models import Difference, ReconciliationDay
from refunds.reconciliation.days import locked
from refunds.reconciliation.figures import figures
from refunds.reconciliation.handling import is_same_person, loaded
from refunds.reconciliation.matching import match

State = ReconciliationDay.State
CLOSE, REOPEN = "refunds.close_reconciliationday", "refunds.reopen_reconciliationday"
CLOSED = gettext_noop("Nothing differs, or all that does is explained and signed.")
AFTER = timedelta(minutes=10)  # of the day's end: what was begun before is written by then
register_action_labels(
    {
        "close_day": gettext_lazy("Closed"),
        "reopen_day": gettext_lazy("Opened again"),
        "report": gettext_lazy("A report came"),
    }.get
)


def close(*, day_id: int, actor: Actor, note: str = "", quiet: bool = False) -> ReconciliationDay:
    """Close the day, after holding everything against each other once more.

    Raises ``WrongState`` while the day lasts, no report of the whole of it came, or a difference is
    not explained and signed – where only a ``quiet`` day may be closed, also if it is –, and
    ``NotAllowed`` for somebody who loaded a report of it.
    """
    with recorded(actor, note or CLOSED, "close_day"):
        day = _take(day_id, actor, CLOSE)
        match(day_id=day.pk, actor=system(IMPORTER))
        if why := hindrance(day, quiet=quiet):
            raise WrongState(why)
        if why := own_report(day, actor):
            raise NotAllowed(why)
        day.close()
        day.closed_by, day.closed_at, day.reopened_by = actor.user, clock.now(), None
        day.closed_person, day.reopened_person = actor.user.person, None
        day.figures = figures(day)
        day.save()
    return day


def reopen(*, day_id: int, actor: Actor, note: str) -> ReconciliationDay:
    """Open a closed day again, as another person than who closed it, for a reason."""
    if not note.strip():
        raise BadInput(_("Write down why the day is opened again."))
    with recorded(actor, note, "reopen_day"):
        day = _take(day_id, actor, REOPEN)
        if day.state != State.CLOSED:
            raise WrongState(_("This day is open."))
        if is_same_person(actor.user, day.closed_by):
            raise NotAllowed(_("You closed this day, so somebody else has to open it again."))
        day.reopen()
        day.reopened_by, day.figures = actor.user, {}
        day.reopened_person = actor.user.person
        day.save()
    return day


def own_report(day: ReconciliationDay, actor: Actor) -> str:
    """Why ``actor`` of all people cannot close the day; empty if they can."""
    if not loaded(day, actor.user):
        return ""
    return _("You loaded a report of this day, so somebody else has to close it.")


def hindrance(day: ReconciliationDay, *, quiet: bool = False) -> str:
    """Why the day cannot be closed now, or not together with ``quiet`` ones; empty if it can."""
    if day.state == State.CLOSED:
        return _("This day is closed already.")
    if clock.trusted_now() < day.ends_at + AFTER:
        return _("This day is not over yet.")
    if day.reported_at is None or day.reported_at < day.ends_at:
        return _("No report of the whole day has come yet. Load the bank's statement first.")
    waiting = day.differences.filter(Q(state__in=Difference.WAITING)).count()
    if waiting:
        return ngettext(
            "%(n)d difference is not explained and signed.",
            "%(n)d differences are not explained and signed.",
            waiting,
        ) % {"n": waiting}
    if quiet and day.differences.exclude(state=Difference.State.RESOLVED).exists():
        return _("Something differed on this day. Look at it, and close it by itself.")
    return ""


def _take(day_id: int, actor: Actor, permission: str) -> ReconciliationDay:
    if not ReconciliationDay.objects.visible_to(actor.user).filter(pk=day_id).exists():
        raise NotFound
    day = locked([ReconciliationDay(pk=day_id)])[day_id]
    if not actor.user.has_perm(permission, day):
        raise NotAllowed
    return day
