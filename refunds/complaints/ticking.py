"""Complaints at each tick: what is late is escalated, what has waited goes on. The row is the timer.

One at which the timer fails again and again is given up, as a case is in the sweep: people see it.
"""

import logging
from collections.abc import Iterator
from datetime import datetime

from django.db import OperationalError
from django.db.models import F, QuerySet
from django.db.models.fields.tuple_lookups import TupleGreaterThan

from backoffice import clock
from backoffice.actors import TIMER, Actor, system
from backoffice.among import Among
from backoffice.exceptions import BackofficeError
from refunds import troubles
from refunds.complaints import clocks
from refunds.models import Complaint, RefundCase
from refunds.quarantine import ATTEMPTS
from refunds.sweep.single import stop_if_disconnected
from refunds.workflow import perform

logger = logging.getLogger(__name__)
PAGE = 500


def look_at_complaints() -> int:
    """Act on every complaint whose deadline or pause is over; gives how many. One bad one stops no other."""
    actor, at = system(TIMER), clock.trusted_now()
    done = sum(_act(case_id, action, actor) for case_id, action in _due(at))
    troubles.forget(troubles.At.COMPLAINT, RefundCase.objects.filter(complaints__in=_open(at)))
    return done


def _act(case_id: int, action: str, actor: Actor) -> bool:
    try:
        perform(action, case_id=case_id, actor=actor)
    except BackofficeError:
        return False  # somebody was faster
    except Exception as error:
        stop_if_disconnected(error)
        note_failure(error, case_id, actor)
        return False
    return True


def note_failure(error: Exception, case_id: int, actor: Actor) -> None:
    """Log what went wrong, and count it – unless it was a lock's or the server's fault."""
    logger.error("The complaint about case %s could not be looked at", case_id, exc_info=error)
    if isinstance(error, OperationalError):
        return
    try:
        perform("count_complaint_failure", case_id=case_id, actor=actor)
    except BackofficeError:
        logger.info("The complaint about case %s was handled by somebody else meanwhile", case_id)
    except Exception:  # not even that could be written: the complaint is left alone a while
        logger.exception("The failure of the complaint about case %s could not be noted", case_id)
        troubles.note(case_id, troubles.At.COMPLAINT, clock.now())


def _due(at: datetime) -> Iterator[tuple[int, str]]:
    """The cases whose complaint is due at ``at``, the oldest deadline first, and what is to be done.

    Without those that the timer gave up, or tries again later.
    """
    due, rest = _open(at), troubles.resting(troubles.At.COMPLAINT, at)
    due = due.exclude(Among("case", rest)) if rest else due
    rows = due.order_by("due_at", "pk").values_list("due_at", "pk", "case", "paused_at")
    page = list(rows[:PAGE])
    while page:
        for _due_at, _pk, case_id, paused_at in page:
            yield case_id, "complaint_goes_on" if paused_at else "escalate_complaint"
        page = list(rows.filter(TupleGreaterThan((F("due_at"), F("pk")), page[-1][:2]))[:PAGE])


def _open(at: datetime) -> QuerySet[Complaint]:
    return Complaint.objects.filter(
        due_at__lte=at, missed__lt=len(clocks.STEPS), failures__lt=ATTEMPTS
    )
