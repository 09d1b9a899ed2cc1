"""The stock way: fetch a case, make its transition, save it, with simple-history."""

from collections.abc import Iterable

from backoffice import clock
from backoffice.actors import TIMER, system
from backoffice.audit.recording import recorded
from refunds.models import DecidedBy, Payout, RefundCase


def one_by_one(case_ids: Iterable[int]) -> None:
    """Approve the cases as the documentation of both libraries shows it, looking at nothing."""
    actor = system(TIMER)
    for case_id in case_ids:
        with recorded(actor, "Nobody reviewed it.", "auto_approve"):  # a transaction, as atomic()
            _approve(case_id)


def _approve(case_id: int) -> None:
    case = RefundCase.objects.get(pk=case_id)
    case.approve()
    for line in case.lines.all():
        line.amount_approved = line.amount_requested
        line.save()
    case.amount_approved, case.freight_approved = case.amount_requested, case.freight_requested
    case.decided_by, case.decided_at = DecidedBy.TIMER, clock.now()
    case.clock, case.clock_started_at, case.due_at, case.remind_at = "", None, None, None
    case.version += 1
    case.save()
    payment = case.order.payments.order_by("-amount", "pk")[0]
    Payout.objects.create(
        case=case,
        amount=case.amount_approved,
        currency=case.currency,
        reason=case.reason.code,
        approver=case.history.latest().history_user,
        payment=payment,
        channel=payment.method,
        destination=payment.reference,
    )
