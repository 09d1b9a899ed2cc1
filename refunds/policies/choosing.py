"""Which policy is in force for a case: the most specific scope that it falls under.

Store goes before channel, channel before reason, reason before category, category before stage:
a policy that names the store beats one that names everything else. Where the lines of a case are
of several categories with a policy each, the cautious one rules (it hands the case to a person at
the deadline); among equals, the category that comes first in the alphabet.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q

from merchants.models import Store
from refunds.exceptions import NoPolicy
from refunds.models import Reason, RefundPolicy

PRECEDENCE = ("store_id", "channel", "reason_id", "category", "stage")


@dataclass(frozen=True)
class Situation:
    """What a case is about, as far as policies ask."""

    kind: str
    store_id: int | None
    channel: str
    stage: str
    reason_id: int | None = None
    categories: frozenset[str] = frozenset()

    @property
    def allowed(self) -> dict[str, set[Any]]:
        """Per part of a scope: what it may hold so that this situation falls under it."""
        return {
            "store_id": {None, self.store_id},
            "channel": {"", self.channel},
            "reason_id": {None, self.reason_id},
            "category": {"", *self.categories},
            "stage": {"", self.stage},
        }

    def falls_under(self, policy: RefundPolicy) -> bool:
        """Whether ``policy``'s scope covers this situation; when it is valid is not asked."""
        return policy.kind == self.kind and all(
            getattr(policy, name) in values for name, values in self.allowed.items()
        )


def in_force(
    *,
    store: Store,
    kind: str,
    stage: str,
    at: datetime,
    reason: Reason | None = None,
    categories: Iterable[str] = (),
) -> RefundPolicy:
    """The policy for such a case at that time; ``categories`` are those of the case's lines.

    One query. Raises ``NoPolicy`` where no scope covers the case.
    """
    situation = Situation(
        kind, store.pk, store.channel, stage, reason.pk if reason else None, frozenset(categories)
    )
    policy = best(RefundPolicy.objects.standing(at).filter(kind=kind).filter(_scopes(situation)))
    if policy is None:
        raise NoPolicy
    return policy


def best(candidates: Iterable[RefundPolicy]) -> RefundPolicy | None:
    """The most specific of ``candidates``, which all cover the same situation at the same time."""
    return min(candidates, key=rank, default=None)


def rank(policy: RefundPolicy) -> tuple[Any, ...]:
    """Sorts policies by who goes first: the narrower scope, then the more cautious."""
    wide = tuple(not getattr(policy, name) for name in PRECEDENCE)
    return (*wide, policy.at_deadline != RefundPolicy.AtDeadline.PERSON, policy.category)


def _scopes(situation: Situation) -> Q:
    wanted = Q()
    for name, values in situation.allowed.items():
        named = Q(**{f"{name}__in": [value for value in values if value is not None]})
        wanted &= named | Q(**{name: None}) if None in values else named
    return wanted


class Chooser:
    """Chooses for many cases of one store at one time: the policies are read once."""

    def __init__(self, store: Store, at: datetime) -> None:
        self.store = store
        here = Q(store=store) | Q(store=None)
        self.standing = list(RefundPolicy.objects.standing(at).filter(here))
        self.chosen: dict[Situation, RefundPolicy | None] = {}

    def for_case(
        self, kind: str, stage: str, reason: Reason, categories: Iterable[str]
    ) -> RefundPolicy:
        """What ``in_force`` gives. Raises ``NoPolicy`` where no scope covers the case."""
        situation = Situation(
            kind, self.store.pk, self.store.channel, stage, reason.pk, frozenset(categories)
        )
        if situation not in self.chosen:
            self.chosen[situation] = best(filter(situation.falls_under, self.standing))
        policy = self.chosen[situation]
        if policy is None:
            raise NoPolicy
        return policy
