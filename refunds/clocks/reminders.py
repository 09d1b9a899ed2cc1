"""Reminding people of clocks that run out: set-based, at every tick, and each reminder once.

The row says when (``remind_at``); the notice is unique. So a worker that is killed half-way, or two
at the same moment, lose nothing and tell nothing twice.
"""

import logging
from collections.abc import Iterator
from datetime import datetime

from django.db.models import F, QuerySet
from django.db.models.fields.tuple_lookups import TupleGreaterThan
from django.utils.translation import gettext_lazy, gettext_noop

from backoffice import clock as time
from backoffice.actors import TIMER, system
from backoffice.audit.bulk import update_many
from backoffice.audit.recording import recorded
from backoffice.audit.timeline import register_action_labels
from backoffice.exceptions import BackofficeError
from backoffice.models import User
from merchants import calendars
from merchants.people import holders
from refunds import notices
from refunds.clocks.reminding import next_reminder
from refunds.models import Clock, Notice, RefundCase
from refunds.sweep.single import stop_if_disconnected

logger = logging.getLogger(__name__)
PAGE = 500
REASON = gettext_noop("The clock has run for half of its time, or for four fifths.")
WHO: dict[str, str] = {
    Clock.REVIEW: "refunds.approve_refundcase",
    Clock.INSPECT: "refunds.handle_return",
    Clock.ARBITRATE: "refunds.arbitrate",
    Clock.APPEAL: "refunds.appeal_verdict",
    Clock.ADVANCE: "refunds.arbitrate",
}
register_action_labels({"remind": gettext_lazy("Reminder sent")}.get)


def send_reminders() -> int:
    """Tell people about every clock that has come so far; gives the number of cases.

    Asks the database one question where nothing is due. A case that somebody holds is left to the
    next tick. It does not move on by a reminder: nobody's open page becomes stale.
    """
    at = time.trusted_now()
    return sum(_remind_together(page, at) for page in _pages(at))


def _remind_together(case_ids: list[int], at: datetime) -> int:
    """Remind of these cases, all or none; where that fails, each half by itself. One bad case stops no other."""
    try:
        with recorded(system(TIMER), REASON, "remind"), calendars.remembered():
            return _remind(case_ids, at)
    except Exception as error:
        stop_if_disconnected(error)
        if len(case_ids) == 1:
            logger.exception("Nobody could be reminded of case %s", case_ids[0])
            return 0
    half = len(case_ids) // 2
    return sum(_remind_together(part, at) for part in (case_ids[:half], case_ids[half:]))


def _due(at: datetime) -> QuerySet[RefundCase]:
    return RefundCase.objects.filter(remind_at__lte=at).order_by("remind_at", "pk")


def _pages(at: datetime) -> Iterator[list[int]]:
    rows = list(_due(at).values_list("remind_at", "pk")[:PAGE])
    while rows:
        yield [pk for _remind_at, pk in rows]
        behind = TupleGreaterThan((F("remind_at"), F("pk")), rows[-1])
        rows = list(_due(at).filter(behind).values_list("remind_at", "pk")[:PAGE])


def _remind(case_ids: list[int], at: datetime) -> int:
    cases = list(
        _due(at)
        .filter(pk__in=case_ids)
        .select_for_update(of=("self",), skip_locked=True)
        .select_related("store__calendar", "policy", "assignee")
        .prefetch_related("pauses")
    )
    people = _People()
    for case in cases:
        _advance(case, at)
    notices.keep(
        Notice(
            case=case,
            recipient=person,
            kind=Notice.Kind.HALF if case.reminders == 1 else Notice.Kind.LATE,
            about=f"{case.clock} {case.clock_started_at:%Y-%m-%d %H:%M:%S.%f}",
            made_at=at,
        )
        for case in cases
        for person in people.of(case)
    )
    update_many(cases, ["reminders", "remind_at"])
    return len(cases)


def _advance(case: RefundCase, at: datetime) -> None:
    """Count the reminder, and look for the next; where several have passed, only the last counts."""
    pauses = [p for p in case.pauses.all() if p.started_at >= (case.clock_started_at or at)]
    while case.remind_at and case.remind_at <= at:
        case.reminders += 1
        try:
            case.remind_at = next_reminder(case, pauses)
        except BackofficeError:  # its calendar has no hours left: there is nothing to wait for
            case.remind_at = None


class _People:
    """Who hears of a case: to whom it is assigned, else whoever may act. Each store is asked once."""

    def __init__(self) -> None:
        self._held: dict[tuple[int, str], list[User]] = {}

    def of(self, case: RefundCase) -> list[User]:
        """The people to tell about ``case``."""
        if case.assignee and case.assignee in self._holders(case, notices.SEE):
            return [case.assignee]
        return self._holders(case, WHO[case.clock])

    def _holders(self, case: RefundCase, permission: str) -> list[User]:
        key = (case.store_id, permission)
        if key not in self._held:
            self._held[key] = list(holders(permission, case.store))
        return self._held[key]
