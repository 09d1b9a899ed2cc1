"""When the buyer does not accept the refusal: the platform decides."""

from decimal import Decimal
from typing import Any

from backoffice import clock
from backoffice.actors import Actor
from refunds import decisions
from refunds.clocks import running
from refunds.models import DecidedBy, RefundCase


def within_window(case: RefundCase) -> bool:
    """Whether the buyer may still escalate."""
    return case.due_at is not None and clock.now() < case.due_at


def escalate(case: RefundCase, *, actor: Actor, **_details: Any) -> None:
    """Hand the case to the platform; no timer runs while it is disputed."""
    case.escalate()
    running.stop(case)


def uphold(
    case: RefundCase, *, actor: Actor, amount: Decimal | None = None, **_details: Any
) -> None:
    """Decide for the buyer: the rejection is overturned, what is approved is fixed."""
    decisions.check_caps(case)
    decisions.entitle(case, amount)
    case.uphold()
    decisions.decided(case, DecidedBy.PLATFORM)
    decisions.finish_review(case)


def dismiss(case: RefundCase, *, actor: Actor, **_details: Any) -> None:
    """Decide for the merchant: the rejection stands, for good."""
    case.dismiss()
    running.stop(case)
    case.closed_at = clock.now()
