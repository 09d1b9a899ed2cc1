"""The parts of the case page: a template each, and what it shows, in the order that people read."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from refunds.admin.cases import compensation, complaint, conversation, desk, goods
from refunds.admin.cases.buyer_card import buyer_facts
from refunds.admin.cases.instant_card import instant_facts
from refunds.admin.cases.ledger_card import ledger_facts
from refunds.admin.cases.policy_card import policy_facts
from refunds.models import RefundCase

Facts = Callable[[HttpRequest, RefundCase], dict[str, Any] | None]


def nothing_more(request: HttpRequest, case: RefundCase) -> dict[str, Any]:
    """The page's own facts are enough."""
    return {}


@dataclass(frozen=True)
class Section:
    """One card of the case page. ``facts`` gives what its template needs; ``None`` leaves it out."""

    template: str
    facts: Facts = nothing_more


MAIN = [
    Section("refunds/case/hint.html", desk.desk),
    Section("refunds/case/approvals.html", compensation.approvals),
    Section("refunds/case/lines.html"),
    Section("refunds/case/return.html", goods.way_back),
    Section("refunds/case/stop.html", goods.on_its_way_out),
    Section("refunds/case/dispute.html", conversation.dispute),
    Section("refunds/case/complaint.html", complaint.complaints),
    Section("refunds/case/talk.html", conversation.conversation),
    Section("refunds/case/evidence.html", desk.gallery),
    Section("refunds/case/story.html"),
]
ASIDE = [
    Section("refunds/case/order.html"),
    Section("refunds/case/instant.html", instant_facts),
    Section("refunds/case/buyer.html", buyer_facts),
    Section("refunds/case/replacement.html", goods.sent_instead),
    Section("refunds/case/compensation.html", compensation.compensation),
    Section("refunds/case/policy.html", policy_facts),
    Section("refunds/case/money.html", ledger_facts),
    Section("refunds/case/related.html"),
]


def sections(request: HttpRequest, case: RefundCase) -> dict[str, Any]:
    """The templates of both columns under ``sections``, and what all of them need."""
    context: dict[str, Any] = {"sections": {"main": [], "aside": []}}
    for place, parts in (("main", MAIN), ("aside", ASIDE)):
        for part in parts:
            facts = part.facts(request, case)
            if facts is not None:
                context["sections"][place].append(part.template)
                context |= facts
    return context
