"""Reminding people of complaints: at half and at four fifths of each step's time, each once."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext_noop

from backoffice import clock
from backoffice.actors import TIMER, system
from backoffice.among import Among
from backoffice.audit.bulk import update_many
from backoffice.audit.recording import recorded
from merchants.calendars import remembered
from merchants.people import holders
from refunds import notices
from refunds.complaints import clocks, handling
from refunds.complaints.ticking import note_failure
from refunds.models import Complaint, Notice
from refunds.quarantine import ATTEMPTS
from refunds.sweep.single import stop_if_disconnected

MOST = 500  # at one tick
REASON = gettext_noop("The complaint has waited for half of its time, or for four fifths.")
HANDLE = "refunds.handle_complaint"


def remind_of_complaints() -> int:
    """Tell people about every complaint that has come so far; gives how many.

    One that somebody holds is left to the next tick. Where both reminders have passed, the last counts.
    """
    at = clock.trusted_now()
    due = Complaint.objects.filter(remind_at__lte=at, failures__lt=ATTEMPTS)
    found = list(due.order_by("remind_at", "pk").values_list("pk", "case")[:MOST])
    return _remind(found, at) if found else 0


def _remind(found: Sequence[tuple[int, int]], at: datetime) -> int:
    """All of them in one transaction; where that fails, each half by itself, down to the one at fault."""
    try:
        return _together([pk for pk, _case_id in found], at)
    except Exception as error:
        stop_if_disconnected(error)
        if len(found) == 1:
            note_failure(error, found[0][1], system(TIMER))
            return 0
    half = len(found) // 2
    return _remind(found[:half], at) + _remind(found[half:], at)


def _together(ids: Sequence[int], at: datetime) -> int:
    due = Complaint.objects.filter(Among("pk", ids), remind_at__lte=at, failures__lt=ATTEMPTS)
    with recorded(system(TIMER), REASON, "remind"), remembered():
        held = due.order_by("remind_at", "pk").select_for_update(of=("self",), skip_locked=True)
        rows = list(held.select_related("case__store", "case__assignee"))
        for complaint in rows:
            while complaint.remind_at and complaint.remind_at <= at:
                complaint.reminders += 1
                complaint.remind_at = clocks.next_reminder(complaint)
        notices.keep(notice for complaint in rows for notice in _notices(complaint))
        update_many(rows, ["reminders", "remind_at"])
    return len(rows)


def _notices(complaint: Complaint) -> list[Notice]:
    """One for whoever works on the case; where it is nobody's, or was escalated, for all who may act."""
    case = complaint.case
    permission = handling.SUPERVISE if complaint.missed else HANDLE
    people = list(holders(permission, case.store))
    if case.assignee in people:
        people = [case.assignee]
    kind = Notice.Kind.HALF if complaint.reminders == 1 else Notice.Kind.LATE
    about = f"complaint {complaint.pk} {complaint.step_started_at:%Y-%m-%d %H:%M:%S.%f}"
    return [
        Notice(case=case, recipient=person, kind=kind, about=about, made_at=clock.now())
        for person in people
    ]
