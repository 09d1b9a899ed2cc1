"""Goods on their way back, and what becomes of them."""

from decimal import Decimal
from typing import Any

from backoffice.actors import Actor
from refunds import decisions
from refunds.clocks import running
from refunds.models import Clock, RefundCase, State


def receive(
    case: RefundCase, *, actor: Actor, carrier: str, tracking: str, **_details: Any
) -> None:
    """Note the parcel; the merchant's time to inspect begins."""
    case.receive()
    case.return_carrier, case.return_tracking = carrier, tracking
    running.start(case, Clock.INSPECT, case.policy.inspect_hours)


def accept(
    case: RefundCase, *, actor: Actor, amount: Decimal | None = None, **_details: Any
) -> None:
    """Accept what came back, wholly or in part, and fix what the buyer gets."""
    decisions.check_caps(case)
    decisions.entitle(case, amount)
    case.accept_return()
    decisions.finish_review(case)


def auto_accept(case: RefundCase, *, actor: Actor, **details: Any) -> None:
    """Accept in the merchant's place; raises ``HeldForPerson`` where a rail forbids it."""
    decisions.check_rails(case)
    accept(case, actor=actor)


def ship_back_overdue(case: RefundCase) -> bool:
    """Whether the buyer's time to send the goods back has passed."""
    return case.state == State.AWAITING_RETURN and decisions.overdue(case)
