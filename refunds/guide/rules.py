"""What a store's guide says about its kinds of case, read from the policies that are in force."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q

from merchants.models import Store
from refunds.guide import words
from refunds.models import Kind, PauseCause, RefundPolicy, Stage
from refunds.policies import Situation, best

REVIEW_PAUSES = (
    PauseCause.EVIDENCE,
    PauseCause.STOCK_CHECK,
    PauseCause.INTERCEPTION,
    PauseCause.OFFER,
    PauseCause.APPRAISAL,
)


@dataclass(frozen=True)
class Answer:
    """How long the store may take at these stages, what may lengthen it, and what silence means."""

    stages: str
    time: str
    silence: str
    longer: str


@dataclass(frozen=True)
class KindGuide:
    """What buyers read about one kind of case; ``policy`` is that of goods that arrived."""

    kind: Kind
    means: str
    answers: list[Answer]
    policy: RefundPolicy
    back: "WayBack | None"


@dataclass(frozen=True)
class WayBack:
    """Sending the goods back, and their inspection."""

    time: str
    inspection: str
    longer: str


@dataclass(frozen=True)
class Special:
    """Where a reason or a category has times of its own."""

    about: str
    kind: str
    answers: list[Answer]


class Rules:
    """The policies that may rule a case of ``store`` at one moment: two queries, then no more."""

    def __init__(self, store: Store, at: datetime) -> None:
        self.store = store
        self.rows = list(
            RefundPolicy.objects.standing(at)
            .filter(Q(store=store) | Q(store=None), channel__in=["", store.channel])
            .select_related("reason")
            .prefetch_related("pauses")
        )

    def policy(self, kind: str, stage: str, **named: Any) -> RefundPolicy | None:
        """The one for such a case: the very choice that the intake makes."""
        situation = Situation(kind, self.store.pk, self.store.channel, stage, **named)
        return best(row for row in self.rows if situation.falls_under(row))

    def kinds(self) -> Iterator[KindGuide]:
        """Every kind of case that a policy rules."""
        for kind in Kind:
            answers, policy = self.answers(kind), self.policy(kind, Stage.RECEIVED)
            if answers and policy:
                yield KindGuide(kind, words.meaning(kind), answers, policy, self._back(policy))

    def specials(self) -> Iterator[Special]:
        """Reasons and categories that are answered differently."""
        named = {(p.kind, p.reason_id, p.category): p for p in self.rows if p.reason or p.category}
        for (kind, reason_id, category), policy in sorted(named.items(), key=str):
            if policy.reason and not policy.reason.active:
                continue
            about = {"reason_id": reason_id, "categories": frozenset({category} - {""})}
            answers = self.answers(kind, **about)
            if answers != self.answers(kind):
                label = policy.reason.label if policy.reason else ""
                who = " · ".join(part for part in (label, category) if part)
                yield Special(who, str(Kind(kind).label), answers)

    def answers(self, kind: str, **named: Any) -> list[Answer]:
        """The store's time per stage; stages that are treated alike are said together."""
        said: dict[tuple[Any, ...], list[str]] = {}
        for stage in Stage:
            policy = self.policy(kind, stage, **named)
            if policy:
                said.setdefault(self._said(policy), []).append(str(stage.label))
        return [
            Answer("" if len(stages) == len(Stage) else " · ".join(stages), *facts)
            for facts, stages in said.items()
        ]

    def _said(self, policy: RefundPolicy) -> tuple[str, str, str]:
        timer = self.store.auto_approval
        return (
            words.span(policy.review_hours),
            words.silence(policy, timer=timer),
            _longer(policy, of_review=True),
        )

    def _back(self, policy: RefundPolicy) -> WayBack | None:
        if policy.kind not in (Kind.RETURN_REFUND, Kind.EXCHANGE):
            return None
        return WayBack(
            words.span(policy.ship_back_hours),
            words.inspected(policy, timer=self.store.auto_approval),
            _longer(policy, of_review=False),
        )


def _longer(policy: RefundPolicy, *, of_review: bool) -> str:
    return words.lengthened(
        pause for pause in policy.pauses.all() if (pause.cause in REVIEW_PAUSES) == of_review
    )
