"""What a store's guide says, read from the policies and reasons that are in force now."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Min, Q

from merchants.models import Store
from refunds.guide import words
from refunds.models import Kind, PauseCause, Reason, RefundPolicy, Stage
from refunds.policies import Situation, best

SEVEN_DAYS = "C05"  # the statutory return without reason
REVIEW_PAUSES = (
    PauseCause.EVIDENCE,
    PauseCause.STOCK_CHECK,
    PauseCause.INTERCEPTION,
    PauseCause.OFFER,
)


@dataclass(frozen=True)
class Answer:
    """How long the store may take at these stages, what may lengthen it, and what silence means."""

    stages: str
    time: str
    silence: str
    longer: tuple[str, ...]


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
    longer: tuple[str, ...]


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

    def _said(self, policy: RefundPolicy) -> tuple[str, str, tuple[str, ...]]:
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


def _longer(policy: RefundPolicy, *, of_review: bool) -> tuple[str, ...]:
    pauses = (p for p in policy.pauses.all() if (p.cause in REVIEW_PAUSES) == of_review)
    return tuple(words.longer(pause) for pause in pauses)


def guide_of(store: Store, at: datetime) -> dict[str, Any]:
    """Everything that the page shows, in the current language."""
    rules = Rules(store, at)
    kinds = list(rules.kinds())
    offered = {guide.kind for guide in kinds}
    reasons = [_reason(reason, offered) for reason in Reason.objects.filter(active=True)]
    return {
        "store": store,
        "at": at,
        "kinds": kinds,
        "back": next((guide.back for guide in kinds if guide.back), None),
        "reasons": [reason for reason in reasons if reason["kinds"]],
        "specials": list(rules.specials()),
        "seven_days": store.currency == "CNY" and any(r["code"] == SEVEN_DAYS for r in reasons),
        "hours": list(store.calendar.hours.all()) if store.calendar else [],
        "escalate": _escalate(kinds),
    }


def _reason(reason: Reason, offered: set[Kind]) -> dict[str, Any]:
    return {
        "code": reason.code,
        "label": reason.label,
        "kinds": [kind.label for kind in Kind if kind in offered and reason.allows(kind)],
        "evidence": reason.evidence_label if reason.evidence_needed else "",
        "freight": words.freight(reason),
        "free": words.freight(reason) != words.freight(Reason(freight_payer="buyer")),
    }


def _escalate(kinds: list[KindGuide]) -> list[tuple[str, str]]:
    """How long a buyer may contest a refusal: once where all kinds agree, else per kind."""
    said = {str(g.kind.label): words.span(g.policy.escalate_hours) for g in kinds}
    if len(set(said.values())) == 1:
        return [("", next(iter(said.values())))]
    return list(said.items())


def next_change(store: Store, at: datetime) -> datetime | None:
    """When the guide will say something else, as far as is planned."""
    rows = RefundPolicy.objects.filter(Q(store=store) | Q(store=None))
    starts = rows.filter(valid_from__gt=at).aggregate(first=Min("valid_from"))["first"]
    ends = rows.filter(valid_until__gt=at).aggregate(first=Min("valid_until"))["first"]
    return min((moment for moment in (starts, ends) if moment), default=None)
