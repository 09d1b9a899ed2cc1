"""Which rules are in force, and what stands in the way of each."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Q

from merchants.models import Store
from refunds.instant.conditions import CONDITIONS, Condition
from refunds.instant.facts import Facts
from refunds.models import InstantRule, RefundCase


def in_force(store: Store, at: datetime) -> list[InstantRule]:
    """The rules of ``store`` at that time.

    A store with rules of its own for a kind goes by them alone for that kind; else by the common ones.
    """
    standing = InstantRule.objects.filter(Q(store=store) | Q(store=None), valid_from__lte=at)
    rules = list(standing.exclude(valid_until__lte=at).order_by("pk"))
    own = {rule.kind for rule in rules if rule.store_id}
    return [rule for rule in rules if rule.store_id or rule.kind not in own]


def about(rules: Iterable[InstantRule], kind: str, stage: str) -> list[InstantRule]:
    """Those of ``rules`` that are about such a request at all."""
    return [rule for rule in rules if rule.kind == kind and rule.stage in ("", stage)]


def for_case(case: RefundCase, at: datetime) -> list[InstantRule]:
    """The rules in force that are about such a case."""
    return about(in_force(case.store, at), case.kind, case.stage)


def obstacles(rule: InstantRule, facts: Facts) -> list[Condition]:
    """What keeps ``rule`` from approving; nothing means that it may."""
    return [condition for condition in CONDITIONS if condition.broken(rule, facts)]


def first_fit(rules: Iterable[InstantRule], facts: Facts) -> InstantRule | None:
    """The first rule in whose way nothing stands."""
    return next((rule for rule in rules if not obstacles(rule, facts)), None)


def figures(rule: InstantRule, facts: Facts) -> dict[str, Any]:
    """What the rule decided with, beside its limits: kept on the case."""
    return {
        "amount": str(facts.amount),
        "most_amount": None if rule.most_amount is None else str(rule.most_amount),
        "currency": facts.currency,
        "photo": facts.photo,
        "refund_only": facts.refund_only,
        "most_cases": rule.most_cases,
        "risk": facts.risk,
        "highest_risk": rule.highest_risk,
        "not_picked": rule.not_picked,
    }
