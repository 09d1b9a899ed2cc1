"""Complaints at each tick: what is late is escalated, what has waited goes on. The row is the timer."""

import logging
from collections.abc import Iterator
from datetime import datetime

from django.db.models import F
from django.db.models.fields.tuple_lookups import TupleGreaterThan

from backoffice import clock
from backoffice.actors import TIMER, Actor, system
from backoffice.exceptions import BackofficeError
from refunds.complaints import clocks
from refunds.models import Complaint
from refunds.sweep.single import stop_if_disconnected
from refunds.workflow import perform

logger = logging.getLogger(__name__)
PAGE = 500


def look_at_complaints() -> int:
    """Act on every complaint whose deadline or pause is over; gives how many. One bad one stops no other."""
    actor = system(TIMER)
    return sum(_act(case_id, action, actor) for case_id, action in _due(clock.trusted_now()))


def _act(case_id: int, action: str, actor: Actor) -> bool:
    try:
        perform(action, case_id=case_id, actor=actor)
    except BackofficeError:
        return False  # somebody was faster
    except Exception as error:
        stop_if_disconnected(error)
        logger.exception("The complaint about case %s could not be looked at", case_id)
        return False
    return True


def _due(at: datetime) -> Iterator[tuple[int, str]]:
    """The cases whose complaint is due at ``at``, the oldest deadline first, and what is to be done."""
    due = Complaint.objects.filter(due_at__lte=at, missed__lt=len(clocks.STEPS))
    rows = due.order_by("due_at", "pk").values_list("due_at", "pk", "case", "paused_at")
    page = list(rows[:PAGE])
    while page:
        for _due_at, _pk, case_id, paused_at in page:
            yield case_id, "complaint_goes_on" if paused_at else "escalate_complaint"
        page = list(rows.filter(TupleGreaterThan((F("due_at"), F("pk")), page[-1][:2]))[:PAGE])
