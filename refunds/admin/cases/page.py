"""What the case page shows: the order, the money, the clock, the evidence, and what can be done."""

from dataclasses import replace
from typing import Any

from django.db.models import prefetch_related_objects
from django.http import HttpRequest

from backoffice import money
from backoffice.actors import person
from backoffice.audit.timeline import timeline
from backoffice.row_numbers import row_number
from refunds.actions import available
from refunds.actions.entry import Action
from refunds.admin.cases.deadline import deadline_story
from refunds.admin.cases.diagram import diagram
from refunds.admin.cases.following import FILTERS, NEXT, kept
from refunds.admin.cases.life import parts
from refunds.admin.cases.sections import sections
from refunds.desk.claiming import name_of
from refunds.models import RefundCase

# What decides nothing stands beside what it is about; the header keeps the decisions.
PLACES = {
    "claim": "bar",
    "release": "bar",
    "assign": "bar",
    "message": "talk",
    "note": "talk",
    "attach": "evidence",
    "complain": "talk",
    "note_stopped": "stop",
    **dict.fromkeys(
        (
            "acknowledge_complaint",
            "answer_complaint",
            "resolve_complaint",
            "await_buyer",
            "buyer_answered",
            "withdraw_complaint",
        ),
        "complaint",
    ),
}
STYLES = {"is-primary": 0, "is-danger": 1}  # what is most likely wanted comes first


def context(request: HttpRequest, case: RefundCase) -> dict[str, Any]:
    """Everything on the page, for this person."""
    prefetch_related_objects(
        [case],
        "lines__order_line",
        "evidence",
        "duplicates__evidence",
        "duplicates__messages",
        "payouts__batch",
        "compensations",
        "order__payments",
        "order__shipments",
        "complaints",
    )
    actions = available(case, person(request.user))
    return {
        "order": case.order,
        "rows": [_row(line, case) for line in case.lines.all()],
        "actions": [
            (
                action,
                action.form(
                    case=case, reader=person(request.user).user, auto_id=f"{action.name}_%s"
                ),
            )
            for action in actions
        ],
        "placed": _placed(actions),
        "facts": _facts(case),
        "deadline": deadline_story(case),
        "diagram": diagram(case.state),
        "entries": timeline(parts(request, case))[:6],
        **way(request, case),
        **sections(request, case),
    }


def _placed(actions: list[Action]) -> dict[str, list[Action]]:
    """The buttons of each place. Where a second approval waits, to approve anew stands back."""
    waits = any(action.name == "second_approve" for action in actions)
    placed: dict[str, list[Action]] = {place: [] for place in ("header", *PLACES.values())}
    for action in actions:
        anew = waits and action.name == "approve"
        shown = replace(action, style="") if anew else action
        placed[PLACES.get(action.name, "header")].append(shown)
    placed["header"].sort(key=lambda action: STYLES.get(action.style, len(STYLES)))
    return placed


def way(request: HttpRequest, case: RefundCase) -> dict[str, Any]:
    """The way through the queue: what is taken along, who works on the case, and what comes next."""
    return {
        "filters": request.GET.get(FILTERS, ""),
        "keep": kept(request),
        "assignee": name_of(case.assignee) if case.assignee else "",
        "next_case": row_number(request.GET.get(NEXT, "")),
    }


def _row(line: Any, case: RefundCase) -> dict[str, Any]:
    return {
        "line": line,
        "article": line.order_line,
        "price": money.show(line.order_line.unit_price, case.currency),
        "requested": money.show(line.amount_requested, case.currency),
        "approved": money.show(line.amount_approved, case.currency),
    }


def _facts(case: RefundCase) -> dict[str, str]:
    return {
        "requested": money.show(case.amount_requested, case.currency),
        "approved": money.show(case.amount_approved, case.currency),
        "freight": money.show(case.freight_requested, case.currency),
        "freight_approved": money.show(case.freight_approved, case.currency),
        "paid": money.show(case.order.paid, case.currency),
    }
