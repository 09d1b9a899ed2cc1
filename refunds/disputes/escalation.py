"""The buyer takes a refusal to the platform."""

from typing import Any

from backoffice import clock
from backoffice.actors import Actor
from backoffice.audit.recording import current_record
from refunds.clocks import ends, running
from refunds.disputes import freezing, standing
from refunds.models import Clock, Dispute, RefundCase


def within_window(case: RefundCase) -> bool:
    """Whether the buyer may still escalate, and the platform has not decided against them before.

    The buyer may until the timer could close the case: one moment ends the window for both.
    """
    return (
        case.clock == Clock.ESCALATE
        and case.due_at is not None
        and not ends.passed(case)
        and not standing.lost_by_buyer(case)
    )


def escalate(case: RefundCase, *, actor: Actor, claim: str = "", **_details: Any) -> None:
    """Open the dispute with the buyer's ``claim``; the platform's time to decide begins.

    The platform has as long as the buyer had. When that is over a person still has to decide: no
    timer ever decides a dispute.
    """
    case.escalate()
    open_dispute(case, claim)
    freezing.freeze(case)
    running.start(case, Clock.ARBITRATE, case.policy.escalate_hours)


def open_dispute(case: RefundCase, claim: str = "") -> Dispute:
    """Put the dispute on record; without a ``claim`` it is what history says."""
    claim = claim.strip()[:500] or current_record().reason
    return Dispute.objects.create(case=case, claim=claim, opened_at=clock.now())
