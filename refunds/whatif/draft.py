"""What differs from the policies in force: a draft, and the two scenarios that it is about."""

from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import Q

from merchants.models import Store
from refunds.instant import rules
from refunds.models import InstantRule, PolicyReplay, RefundPolicy
from refunds.policies import Situation, best

STORE_FIELDS = ("instant_approval", "auto_approval", "daily_cap_count", "daily_cap_amount")
POLICY_FIELDS = ("review_hours", "at_deadline", "auto_ceiling", "second_approval_above")
RULE_FIELDS = ("most_amount", "most_cases", "photo_needed", "highest_risk")
OFF = "off"  # of a rule that the draft leaves out

Changes = dict[str, dict[str, Any]]  # by “store”, “policy_7”, “rule_3”: the fields that differ


@dataclass(frozen=True)
class Scenario:
    """Everything that decides a case by itself, as it is or as the draft has it."""

    store: Store
    policies: list[RefundPolicy]
    rules: list[InstantRule]

    def policy_for(self, situation: Situation) -> RefundPolicy | None:
        """The policy for such a case, by the same choice that the desk makes."""
        return best(policy for policy in self.policies if situation.falls_under(policy))


def in_force(store: Store, at: datetime) -> Scenario:
    """What decides the store's cases at that time."""
    standing = RefundPolicy.objects.standing(at).filter(Q(store=store) | Q(store=None))
    policies = list(
        standing.filter(channel__in=("", store.channel)).select_related("reason", "store")
    )
    return Scenario(store, _reached(policies), rules.in_force(store, at))


def _reached(policies: list[RefundPolicy]) -> list[RefundPolicy]:
    """Those of ``policies`` that a case can come to: no narrower one has the same scope otherwise."""
    found = {}
    for policy in sorted(policies, key=lambda p: (bool(p.store_id), bool(p.channel))):
        found[policy.kind, policy.stage, policy.reason_id, policy.category] = policy
    return sorted(found.values(), key=lambda p: (p.kind, p.stage, p.reason_id or 0, p.category))


def base_of(store: Store) -> dict[str, Any]:
    """The store's own values, which may change later: a replay keeps what they were."""
    return {name: plain(getattr(store, name)) for name in STORE_FIELDS}


def scenarios(replay: PolicyReplay) -> tuple[Scenario, Scenario]:
    """What was in force when the replay was asked for, and the draft."""
    store = changed(replay.store, replay.draft["base"])
    now = in_force(store, replay.made_at)
    return now, drafted(now, replay.draft["changes"])


def drafted(now: Scenario, changes: Changes) -> Scenario:
    """``now`` with the changes."""
    kept = [r for r in now.rules if not changes.get(f"rule_{r.pk}", {}).get(OFF)]
    return Scenario(
        changed(now.store, changes.get("store", {})),
        [changed(p, changes.get(f"policy_{p.pk}", {})) for p in now.policies],
        [changed(r, changes.get(f"rule_{r.pk}", {})) for r in kept],
    )


def changed(row: Any, values: dict[str, Any]) -> Any:
    """A copy of ``row`` with other values, which nobody saves."""
    other = copy(row)
    for name, value in values.items():
        if name != OFF:
            setattr(other, name, row._meta.get_field(name).to_python(value))
    return other


def plain(value: Any) -> Any:
    """A value as JSON keeps it."""
    return str(value) if isinstance(value, Decimal) else value


def describe(now: Scenario, changes: Changes) -> Iterable[tuple[Any, str, Any, Any]]:
    """Of each change: the row that it is about, the field, its value now, and in the draft."""
    rows: list[tuple[str, models.Model]] = [("store", now.store)]
    rows += [(f"policy_{row.pk}", row) for row in now.policies]
    rows += [(f"rule_{row.pk}", row) for row in now.rules]
    for key, row in rows:
        for name, value in changes.get(key, {}).items():
            if name == OFF:
                yield row, OFF, False, True
                continue
            field: Any = row._meta.get_field(name)
            yield row, name, getattr(row, name), field.to_python(value)
