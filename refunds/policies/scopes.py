"""What a policy is about, and which other scopes stand in for it."""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Self

from django.db.models import Q
from django.utils.translation import gettext as _

from merchants.models import Store
from refunds.models import Kind, Reason, RefundPolicy, Stage
from refunds.models.policies import PolicyQuerySet

EMPTY: dict[str, Any] = {
    "store_id": None,
    "channel": "",
    "reason_id": None,
    "category": "",
    "stage": "",
}


@dataclass(frozen=True)
class Scope:
    """A kind of case, and what narrows it down; what is empty means any."""

    kind: str
    store_id: int | None = None
    channel: str = ""
    reason_id: int | None = None
    category: str = ""
    stage: str = ""

    @classmethod
    def of(cls, policy: RefundPolicy) -> Self:
        """The scope that ``policy`` is a version of."""
        return cls(**{field.name: getattr(policy, field.name) for field in fields(cls)})

    @property
    def values(self) -> dict[str, Any]:
        """The parts by the names of the policy's columns."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @property
    def store(self) -> Store | None:
        """The store that it names."""
        return Store.objects.filter(pk=self.store_id).first() if self.store_id else None

    @property
    def reason(self) -> Reason | None:
        """The reason that it names."""
        return Reason.objects.filter(pk=self.reason_id).first() if self.reason_id else None

    def versions(self) -> PolicyQuerySet:
        """All versions of exactly this scope, oldest first."""
        same = {
            (f"{name}__isnull" if value is None else name): True if value is None else value
            for name, value in self.values.items()
        }
        return RefundPolicy.objects.filter(**same).order_by("valid_from")

    def standing_in(self, stage: str) -> PolicyQuerySet:
        """Versions of other scopes that take all cases of this one at ``stage``."""
        containing = Q(kind=self.kind, stage__in=["", stage])
        for name, empty in EMPTY.items():
            value = getattr(self, name)
            any_value = Q(**{f"{name}__isnull": True}) if empty is None else Q(**{name: empty})
            if name != "stage":
                containing &= any_value if value == empty else any_value | Q(**{name: value})
        own = self.versions().values("pk")
        return RefundPolicy.objects.filter(containing).exclude(pk__in=own)

    def covered_by_others(self, since: datetime, until: datetime | None) -> bool:
        """Whether other scopes rule at every instant of ``[since, until)``, at every stage.

        ``until`` may be ``None``: for ever.
        """
        stages = [self.stage] if self.stage else list(Stage)
        return all(_whole(self.standing_in(stage), since, until) for stage in stages)

    def describe(self) -> str:
        """The scope as a person reads it, widest word first."""
        return describe(self, self.store, self.reason)


def describe(scope: Any, store: Store | None, reason: Reason | None) -> str:
    """``scope`` – a scope or a policy – as a person reads it."""
    stage = str(Stage(scope.stage).label) if scope.stage else _("any stage")
    narrow = narrowing(scope, store, reason) or _("all stores")
    return f"{Kind(scope.kind).label} · {stage} · {narrow}"


def narrowing(scope: Any, store: Store | None, reason: Reason | None) -> str:
    """What ``scope`` names beside kind and stage; empty where it names nothing."""
    parts = [store, scope.channel, reason, scope.category]
    return " · ".join(str(part) for part in parts if part)


def _whole(policies: PolicyQuerySet, since: datetime, until: datetime | None) -> bool:
    """Whether the times of ``policies`` leave no hole between ``since`` and ``until``."""
    reached = since
    for policy in policies.exclude(valid_until__lte=since).order_by("valid_from"):
        if policy.valid_from > reached:
            return False
        if policy.valid_until is None:
            return True
        reached = max(reached, policy.valid_until)
        if until is not None and reached >= until:
            return True
    return False
