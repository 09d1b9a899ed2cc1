"""A rule approves a case: under its lock, inside the store's daily cap, with the figures written down."""

from typing import Any

from backoffice import clock
from backoffice.actors import Actor
from backoffice.exceptions import WrongState
from refunds.deciding import decisions, rails
from refunds.instant import facts, rules
from refunds.instant.rails import INSTANT
from refunds.models import Clock, DecidedBy, InstantRule, RefundCase, State


def deciding(case: RefundCase) -> tuple[InstantRule, facts.Facts] | None:
    """The rule that would approve ``case`` now, and by which facts; the rails are not asked."""
    candidates = rules.for_case(case, clock.now())
    if not candidates:
        return None
    found = facts.gather(case)
    rule = rules.first_fit(candidates, found)
    return (rule, found) if rule else None


def reviewable(case: RefundCase) -> bool:
    """Whether the case waits for its review: not held, not decided, no offer open."""
    return case.state == State.REQUESTED and case.clock == Clock.REVIEW and not case.held_because


def possible(case: RefundCase) -> bool:
    """Whether a rule approves the case, rails aside."""
    return reviewable(case) and deciding(case) is not None


def approve(case: RefundCase, *, actor: Actor, **_details: Any) -> None:
    """Approve all that was requested; raises ``HeldForPerson`` where a rail forbids it.

    The case keeps the rule and its figures. The store's daily cap is locked.
    """
    found = deciding(case)
    if found is None:
        raise WrongState
    rails.check(case, INSTANT)
    decisions.approve(case, actor=actor)
    decisions.decided(case, DecidedBy.RULE)
    case.rule, case.rule_figures = found[0], rules.figures(*found)
