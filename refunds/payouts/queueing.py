"""The money of an approved case: a payout, queued for finance, and what may become of it there.

Locks are taken from the batch to its payouts, and from the order to the case to the payout.
"""

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from backoffice.actors import Actor
from backoffice.audit.recording import current_record, recorded
from backoffice.audit.timeline import register_action_labels
from backoffice.exceptions import BadInput, NotAllowed, NotFound, WrongState
from orders.models import Order, Payment
from refunds import nameless
from refunds.batches.drafts import open_again
from refunds.compensating import kinds
from refunds.disputes.standing import contested
from refunds.models import Compensation, Kind, Payout, RefundBatch, RefundCase, State
from refunds.payouts.buyers_accounts import accounts_of
from refunds.payouts.routes import Way, checked, way_of

RETRIED = gettext_noop("Queued again after the bank's refusal.")
RETRY, REDIRECT, CANCEL = (
    "refunds.retry_payout",
    "refunds.redirect_payout",
    "refunds.cancel_payout",
)
CHANGEABLE = (RefundBatch.State.DRAFT, RefundBatch.State.SEALED)
LABELS = {
    "retry": gettext_lazy("Queued again"),
    "redirect": gettext_lazy("Sent another way"),
    "cancel_payout": gettext_lazy("Cancelled"),
}
register_action_labels(LABELS.get)


def queue(case: RefundCase) -> Payout:
    """Queue the approved amount for payout, the way that the case asks for.

    Called under the order's lock, inside the frame of the decision, whose actor is the approver.
    While an appeal is undecided the payout is frozen.
    """
    payment = main_payment(case.order)
    way = way_of(case, payment)
    return Payout.objects.create(
        case=case,
        purpose=purpose_of(case),
        amount=case.ready_amount,
        currency=case.currency,
        reason=case.reason.code,
        approver=current_record().actor.user,
        payment=payment,
        channel=payment.method if payment else "",
        method=way.method,
        destination=way.destination,
        frozen=contested(case),
    )


def main_payment(order: Order) -> Payment | None:
    """The payment that a refund goes back to: the largest, and the first of equals."""
    return order.payments.order_by("-amount", "pk").first()


def purpose_of(case: RefundCase) -> str:
    """What the money of the case is for."""
    if case.kind != Kind.COMPENSATION:
        return Payout.Purpose.REFUND
    ahead = kinds.type_of(case) == Compensation.Type.ADVANCE
    return Payout.Purpose.ADVANCE if ahead else Payout.Purpose.COMPENSATION


def retry(*, payout_id: int, actor: Actor, way: Way | None = None, note: str = "") -> Payout:
    """Queue a new payout, with a new number, in place of one that has definitely ended.

    It goes as the old one did, unless another ``way`` is given; ``note`` says why, in history. Raises ``WrongState`` unless the
    payout failed, was cancelled or came back, and its case still waits for money.
    """
    with recorded(actor, note or RETRIED, "retry"):
        ended = _own(payout_id, actor, RETRY)
        nameless.check(note, ended.case, _where(way))
        order = Order.objects.select_for_update().get(pk=ended.case.order_id)
        case = RefundCase.objects.select_for_update().get(pk=ended.case_id)
        case.order = order
        if not _may_follow(ended, case):
            raise WrongState
        fresh = _like(ended, frozen=contested(case))
        fresh.case = case
        fresh.payment = fresh.payment or main_payment(order)
        if way is not None or fresh.method == Payout.Method.ORIGINAL:
            _send(fresh, checked(way or Way(fresh.method), fresh))
        fresh.save()
        return fresh


def _like(ended: Payout, *, frozen: bool) -> Payout:
    """A new payout of the same money."""
    kept = ("case", "purpose", "amount", "currency", "reason", "approver", "payment", "channel")
    where = ("method", "destination", "payee", "bank_code")
    return Payout(frozen=frozen, **{name: getattr(ended, name) for name in (*kept, *where)})


def _send(payout: Payout, way: Way) -> None:
    payout.method, payout.destination = way.method, way.destination
    payout.payee, payout.bank_code = way.payee, way.bank_code


def _where(way: Way | None) -> list[str]:
    """The account and its holder, where a person names one."""
    return [way.destination, way.payee] if way is not None else []


def _may_follow(ended: Payout, case: RefundCase) -> bool:
    """Whether another payout may take the place of ``ended``."""
    live = case.payouts.filter(purpose=ended.purpose).exclude(state__in=Payout.OVER)
    return ended.state in Payout.OVER and case.state == State.REVIEWED and not live.exists()


def to_queue_again(rows: QuerySet[Payout]) -> QuerySet[Payout]:
    """Those of ``rows`` that failed or came back, and whose case waits with no other on its way."""
    came_to_nothing = rows.filter(state__in=(Payout.State.FAILED, Payout.State.RETURNED))
    moving = Payout.objects.exclude(state__in=Payout.OVER).filter(case=OuterRef("case"))
    return came_to_nothing.filter(~Exists(moving), case__state=State.REVIEWED)


def may_retry(payout: Payout, actor: Actor) -> bool:
    """Whether ``retry`` would go through now."""
    return actor.user.has_perm(RETRY, payout) and _may_follow(payout, payout.case)


def redirect(*, payout_id: int, way: Way, note: str, actor: Actor) -> Payout:
    """Send a waiting payout another way, or to another account.

    What its batch was signed for does not hold any more: a sealed one falls back to a draft, and a
    payout that now goes another way leaves it. Raises ``WrongState`` once it was released.
    """
    with recorded(actor, _why(note), "redirect"):
        found = _own(payout_id, actor, REDIRECT)
        nameless.check(note, found.case, _where(way))
        batch, payout = lock_with_batch(found)
        if payout.state != Payout.State.QUEUED or (batch and batch.state not in CHANGEABLE):
            raise WrongState(
                _("Payout %(payout)s is on its way already, so it goes where it was sent.")
                % {"payout": payout}
            )
        way = checked(way, payout)
        here, there = accounts_of([payout, way])
        if payout.method == way.method and here == there:
            raise BadInput(_("The payout goes there already. Nothing was changed."))
        _send(payout, way)
        if batch and way.method != batch.method:
            payout.batch = None
        payout.save()
        if batch:
            open_again(batch)
    return payout


def cancel(*, payout_id: int, note: str, actor: Actor) -> Payout:
    """Give a waiting payout up: its case is settled in another way.

    Raises ``WrongState`` for one that is in a batch, or not waiting any more.
    """
    with recorded(actor, _why(note), "cancel_payout"):
        found = _own(payout_id, actor, CANCEL)
        nameless.check(note, found.case)
        batch, payout = lock_with_batch(found)
        if payout.state != Payout.State.QUEUED:
            raise WrongState(
                _("Payout %(payout)s is in the state “%(state)s”, so it cannot be cancelled.")
                % {"payout": payout, "state": payout.get_state_display()}
            )
        if batch is not None:
            raise WrongState(
                _("Payout %(payout)s is in batch %(batch)s. Take it out of the batch first.")
                % {"payout": payout, "batch": batch}
            )
        payout.cancel()
        payout.frozen = False
        payout.save()
    return payout


def _why(note: str) -> str:
    if not note.strip():
        raise BadInput(_("Say why: it is kept in history."))
    return note


def lock_with_batch(found: Payout) -> tuple[RefundBatch | None, Payout]:
    """The payout and the batch that it is in, the batch locked first, as everywhere."""
    batch = None
    if found.batch_id is not None:
        rows = RefundBatch.objects.select_for_update(of=("self",)).select_related("maker")
        batch = rows.get(pk=found.batch_id)
    payouts = Payout.objects.select_for_update(of=("self",))
    payout = payouts.select_related("case__order__buyer", "payment").get(pk=found.pk)
    if payout.batch_id != found.batch_id:
        raise WrongState(_("Somebody has just moved this payout. Load the page again."))
    return batch, payout


def _own(payout_id: int, actor: Actor, permission: str) -> Payout:
    """The payout as it was a moment ago, if ``actor`` may; ``NotFound`` or ``NotAllowed``."""
    found = Payout.objects.select_related("case", "payment").filter(pk=payout_id).first()
    if found is None or not actor.user.has_perm("refunds.view_payout", found):
        raise NotFound
    if not actor.user.has_perm(permission, found):
        raise NotAllowed
    return found


def may_redirect(payout: Payout, actor: Actor) -> bool:
    """Whether ``redirect`` would go through now."""
    movable = payout.batch is None or payout.batch.state in CHANGEABLE
    queued = payout.state == Payout.State.QUEUED
    return queued and movable and actor.user.has_perm(REDIRECT, payout)


def may_cancel(payout: Payout, actor: Actor) -> bool:
    """Whether ``cancel`` would go through now."""
    waits = payout.state == Payout.State.QUEUED and payout.batch_id is None
    return waits and actor.user.has_perm(CANCEL, payout)
