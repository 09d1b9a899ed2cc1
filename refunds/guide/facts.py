"""Everything that a store's guide shows: its rules, reasons, hours and windows."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db.models import Min, Q

from merchants.models import Store
from refunds.exemptions.checking import standing
from refunds.guide import words
from refunds.guide.rules import KindGuide, Rules
from refunds.models import ExemptCategory, ExemptGround, Kind, Reason, RefundPolicy

SEVEN_DAYS = "C05"  # the statutory return without reason


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
        "grounds": _grounds(store, at),
        "hours": list(store.calendar.hours.all()) if store.calendar else [],
        "holidays": bool(store.calendar and store.calendar.country),
        "escalate": _per_kind(kinds, lambda policy: words.span(policy.escalate_hours)),
        "complaints": _per_kind(kinds, words.complaint),
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


def _per_kind(kinds: list[KindGuide], say: Callable[[RefundPolicy], str]) -> list[tuple[str, str]]:
    """What the policies of all kinds say about something: once where they agree, else per kind."""
    said = {str(g.kind.label): say(g.policy) for g in kinds}
    if len(set(said.values())) == 1:
        return [("", next(iter(said.values())))]
    return list(said.items())


def _grounds(store: Store, at: datetime) -> list[dict[str, Any]]:
    """What the law exempts from the return without a reason, and the store's categories of each."""
    exempt: dict[int, list[str]] = {}
    for row in standing(store, at):
        exempt.setdefault(row.ground_id, []).append(row.category)
    return [
        {
            "label": ground.label,
            "law": ground.law_text,
            "categories": sorted(exempt.get(ground.pk, [])),
        }
        for ground in ExemptGround.objects.filter(active=True)
    ]


def next_change(store: Store, at: datetime) -> datetime | None:
    """When the guide will say something else, as far as is planned."""
    moments: list[datetime] = []
    for model in (RefundPolicy, ExemptCategory):
        rows = model.objects.filter(Q(store=store) | Q(store=None))
        found = rows.aggregate(
            starts=Min("valid_from", filter=Q(valid_from__gt=at)),
            ends=Min("valid_until", filter=Q(valid_until__gt=at)),
        )
        moments += filter(None, found.values())
    return min(moments, default=None)
