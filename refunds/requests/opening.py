"""Opening many cases at once: the rows that ``open_case`` would have written one by one."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import Case, Expression, F, TextField, Value, When

from backoffice import clock
from backoffice.audit.copying import copy_many
from backoffice.privacy.fields import seal_rows
from merchants.calendars import remembered
from merchants.models import Store
from refunds.clocks import running
from refunds.intake.opening import WORDS, frozen
from refunds.models import CaseLine, Clock, RefundCase
from refunds.requests.judging import Ready
from refunds.risk.many import Buyers

STARTED = (
    "clock",
    "clock_started_at",
    "due_at",
    "time_left",
    "held_because",
    "extended_hours",
    "reminders",
    "failures",
    "remind_at",
)


def open_set(store: Store, ready: Sequence[Ready]) -> list[RefundCase]:
    """Open a case for each request, whose orders the caller has locked; call it inside ``recorded``.

    History gives the buyer's words as the reason, or that the buyer asked.
    """
    at = clock.database_now()  # as a single request is
    buyers = Buyers(store.pk, {item.order.buyer_id for item in ready if item.order.buyer_id}, at)
    clocks: dict[tuple[Any, ...], RefundCase] = {}
    cases, lines = [], []
    with remembered():
        for item in ready:
            case = _case(item, at, clocks)
            buyers.note(case)
            cases.append(case)
            lines += [
                CaseLine(
                    case=case,
                    order_line=claim.line,
                    quantity=claim.quantity,
                    amount_requested=claim.amount,
                )
                for claim in item.claims
            ]
    seal_rows(cases, "reason_text")
    copy_many(cases, reason=_in_words("reason_text"))
    for line in lines:
        line.case_id = line.case.pk
    copy_many(lines, reason=_in_words("case__reason_text"))
    return cases


def _case(item: Ready, at: datetime, clocks: dict[tuple[Any, ...], RefundCase]) -> RefundCase:
    """The case with its clock running; cases of one policy and one bound end at the same time."""
    case = frozen(item.order, item.request, item.reason, item.total, item.policy, at)
    key = (item.policy.pk, case.channel_due_at)
    if key in clocks:
        for name in STARTED:
            setattr(case, name, getattr(clocks[key], name))
    else:
        running.start(case, Clock.REVIEW, item.policy.review_hours)
        clocks[key] = case
    return case


def _in_words(name: str) -> Expression:
    return Case(When(**{name: ""}, then=Value(WORDS)), default=F(name), output_field=TextField())
