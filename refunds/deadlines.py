"""The timer: when a deadline passes and nobody decided, the policy does – exactly once.

The row is the timer. A tick only says “look now”; looking twice, or from two machines, finds that
the case has moved on under its lock.
"""

import logging
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_noop

from backoffice import clock
from backoffice.actors import TIMER, Actor, system
from backoffice.exceptions import BackofficeError, WrongState
from refunds.exceptions import HeldForPerson
from refunds.models import RefundCase, State
from refunds.workflow import perform

logger = logging.getLogger(__name__)

AT_DEADLINE = {
    State.REQUESTED: "auto_approve",
    State.INSPECTING: "auto_accept",
    State.AWAITING_RETURN: "lapse",
}
CHUNK = 200
NO_LONGER_FITS = gettext_noop(
    "More was asked than is left to refund, or the case cannot be approved as it is."
)


@dataclass
class Sweep:
    """What one sweep did: cases decided, held for a person, already decided by others, failed."""

    decided: int = 0
    held: int = 0
    passed_by: int = 0
    failed: int = 0


def expire_deadlines() -> Sweep:
    """Act on every case whose deadline has passed. One bad case never stops the others."""
    sweep, actor, seen = Sweep(), system(TIMER), 0
    while chunk := list(_overdue().filter(pk__gt=seen).values_list("pk", "state")[:CHUNK]):
        for case_id, state in chunk:
            _expire(sweep, case_id, AT_DEADLINE[State(state)], actor)
        seen = chunk[-1][0]
    return sweep


def _overdue() -> QuerySet[RefundCase]:
    waiting = Q(state__in=AT_DEADLINE, held_because="", due_at__lte=clock.now())
    return RefundCase.objects.filter(waiting).order_by("pk")


def _expire(sweep: Sweep, case_id: int, action: str, actor: Actor) -> None:
    try:
        perform(action, case_id=case_id, actor=actor)
        sweep.decided += 1
    except WrongState:
        sweep.passed_by += 1
    except BackofficeError as refusal:
        _hold(sweep, case_id, actor, refusal)
    except Exception:  # one bad case must not stop the batch; it stays due and is looked at again
        logger.exception("Case %s could not be expired", case_id)
        sweep.failed += 1


def _hold(sweep: Sweep, case_id: int, actor: Actor, refusal: BackofficeError) -> None:
    why = refusal.message if isinstance(refusal, HeldForPerson) else NO_LONGER_FITS
    try:
        perform("hold", case_id=case_id, actor=actor, why=str(why))
        sweep.held += 1
    except BackofficeError:
        sweep.passed_by += 1
