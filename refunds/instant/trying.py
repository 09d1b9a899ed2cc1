"""Trying the rules on a case, and saying why none of them approved it."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from backoffice import clock
from backoffice.actors import RULES, system
from backoffice.exceptions import BackofficeError
from refunds.deciding import rails
from refunds.instant import approval, facts, rules
from refunds.instant.rails import INSTANT
from refunds.models import InstantRule, RefundCase
from refunds.workflow import perform

ACTION = "instant_approve"


def try_rules(case: RefundCase) -> RefundCase:
    """Approve ``case`` if a rule does; gives the case as it is then.

    Looked at without locks first, because most cases are not for rules; ``perform`` looks again.
    """
    if not case.store.instant_approval or not approval.possible(case):
        return case
    try:
        return perform(ACTION, case_id=case.pk, actor=system(RULES))
    except BackofficeError:  # a rail, or somebody was faster: the case goes the ordinary way
        return case


@dataclass(frozen=True)
class Hint:
    """Why one rule did not approve a case, in the reader's language."""

    rule: InstantRule
    reasons: tuple[str, ...]


def hints(case: RefundCase) -> list[Hint]:
    """For a case that waits for its review: each rule that is about it, and what stands in its way."""
    candidates = rules.for_case(case, clock.now()) if approval.reviewable(case) else []
    if not candidates:
        return []
    found, rail = facts.gather(case), rails.reason(case, INSTANT)
    always = (_(rail),) if rail else ()
    return [
        Hint(rule, always + tuple(o.words(rule, found) for o in rules.obstacles(rule, found)))
        for rule in candidates
    ]
