"""The money of an approved case: one payout, queued for finance."""

from django.utils.translation import gettext_lazy, gettext_noop

from backoffice.actors import Actor
from backoffice.audit.recording import recorded
from backoffice.audit.timeline import register_action_labels
from backoffice.exceptions import NotAllowed, NotFound, WrongState
from orders.models import Order
from refunds.disputes.standing import contested
from refunds.models import Payout, RefundCase, State

RETRIED = gettext_noop("Queued again after the bank's refusal.")
register_action_labels({"retry": gettext_lazy("Queued again")}.get)


def queue(case: RefundCase) -> Payout:
    """Queue the approved amount for payout, back to where it came from.

    Called under the order's lock, inside the frame of the decision. While an appeal is undecided
    the payout is frozen.
    """
    payment = case.order.payments.order_by("-amount", "pk").first()
    return Payout.objects.create(
        case=case,
        amount=case.ready_amount,
        currency=case.currency,
        method=payment.method if payment else "",
        destination=payment.reference if payment else "",
        frozen=contested(case),
    )


def retry(*, payout_id: int, actor: Actor) -> Payout:
    """Queue a new payout, with a new number, in place of one that has definitely failed.

    Raises ``WrongState`` unless the payout failed and its case still waits for money.
    """
    with recorded(actor, RETRIED, "retry"):
        failed = Payout.objects.select_related("case").filter(pk=payout_id).first()
        if failed is None or not actor.user.has_perm("refunds.view_payout", failed):
            raise NotFound
        if not actor.user.has_perm("refunds.retry_payout", failed):
            raise NotAllowed
        order = Order.objects.select_for_update().get(pk=failed.case.order_id)
        case = RefundCase.objects.select_for_update().get(pk=failed.case_id)
        case.order = order
        live = case.payouts.exclude(state__in=Payout.OVER).exists()
        if failed.state not in Payout.OVER or case.state != State.REVIEWED or live:
            raise WrongState
        return queue(case)


def may_retry(payout: Payout, actor: Actor) -> bool:
    """Whether ``retry`` would go through now."""
    case = payout.case
    return (
        payout.state in Payout.OVER
        and case.state == State.REVIEWED
        and actor.user.has_perm("refunds.retry_payout", payout)
        and not case.payouts.exclude(state__in=Payout.OVER).exists()
    )
