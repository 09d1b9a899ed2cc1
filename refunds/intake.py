"""How a buyer's request becomes a case."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from backoffice import clock, money
from backoffice.actors import Actor
from backoffice.audit.recording import recorded
from backoffice.exceptions import BadInput, NotAllowed, NotFound
from backoffice.money import ZERO
from orders.models import Order
from refunds import caps, policies, risk
from refunds.clocks import running
from refunds.clocks.counting import BEFORE_THE_CHANNEL
from refunds.compensating import damages, proposing
from refunds.evidence import keeping
from refunds.evidence.checking import Upload, check_all
from refunds.followups import followed
from refunds.models import (
    CaseLine,
    Clock,
    Compensation,
    Kind,
    Reason,
    RefundCase,
    RefundPolicy,
)
from refunds.shares import share

WORDS = gettext_noop("The buyer asked for this.")


@dataclass(frozen=True)
class LineRequest:
    """So many pieces of an order line; ``amount`` ``None`` means their share of what was paid."""

    order_line_id: int
    quantity: int
    amount: Decimal | None = None


@dataclass(frozen=True)
class Request:
    """What a buyer asks for.

    ``amount``, ``compensation_type``, ``bearer`` and ``loss`` are for a compensation: its amount is
    shared over the lines that it names, and whether it is money follows from its type. Without a
    type it is a payment of goodwill, or – not ``in_money`` – a coupon.
    """

    kind: str
    reason_code: str
    lines: Sequence[LineRequest] = ()
    freight: Decimal = ZERO
    amount: Decimal | None = None
    in_money: bool = True
    reason_text: str = ""
    external_number: str = ""
    channel_due_at: datetime | None = None
    files: Sequence[Upload] = ()
    compensation_type: str = ""
    bearer: str = ""
    loss: Decimal | None = None


@followed
def open_case(*, order_id: int, actor: Actor, request: Request) -> RefundCase:
    """Open a case for ``request`` and freeze its policy and deadline.

    ``request.files`` are attached as the buyer's. Takes the order's lock. Raises ``NotFound``
    outside the actor's stores, ``NotAllowed`` without the permission, ``BadInput`` for what makes
    no sense – a file that is not taken, for one –, ``RefundExceedsBalance`` above what is left,
    and ``NoPolicy``.
    """
    files = check_all(request.files) if request.files else []
    with recorded(actor, request.reason_text or WORDS, "request"):
        order = _own_order(order_id, actor)
        reason = _reason(request)
        claims = [_claim(order, line) for line in request.lines]
        proposal = _proposal(order, request, claims)
        if proposal is not None:
            request, claims = _as_proposed(request, proposal), proposal.claims
        total = _total(order, request, claims)
        if proposal is not None and proposal.damages:
            damages.check(order, kind=proposal.type, claims=claims)
        else:
            caps.check(
                order,
                kind=request.kind,
                claims=claims,
                freight=request.freight,
                total=total,
                in_money=request.in_money,
            )
        case = _new_case(order, request, reason, total, claims)
        risk.note(case)
        case.save(force_insert=True)
        for claim in claims:
            CaseLine.objects.create(
                case=case,
                order_line=claim.line,
                quantity=claim.quantity,
                amount_requested=claim.amount,
            )
        if proposal is not None:
            proposing.record(proposal, case)
        if files:
            keeping.attach(case, actor=actor, file=files)
        return case


def _own_order(order_id: int, actor: Actor) -> Order:
    orders = Order.objects.select_for_update(of=("self",)).select_related("store")
    if not actor.user.is_system:
        orders = orders.visible_to(actor.user)
    order = orders.filter(pk=order_id).first()
    if order is None:
        raise NotFound
    if not (actor.user.is_system or actor.user.has_perm("refunds.open_refundcase", order)):
        raise NotAllowed
    return order


def _reason(request: Request) -> Reason:
    reason = Reason.objects.filter(code=request.reason_code, active=True).first()
    if reason is None:
        raise BadInput(_("There is no reason code “%(code)s”.") % {"code": request.reason_code})
    if reason.text_needed and not request.reason_text.strip():
        raise BadInput(
            _("The reason “%(reason)s” needs a text that explains it.") % {"reason": reason}
        )
    if request.kind in Kind.values and not reason.allows(request.kind):
        raise BadInput(
            _("The reason “%(reason)s” is not for “%(kind)s”. Choose another reason or kind.")
            % {"reason": reason, "kind": Kind(request.kind).label}
        )
    return reason


def _claim(order: Order, wanted: LineRequest) -> caps.Claim:
    line = order.lines.filter(pk=wanted.order_line_id).first()
    if line is None:
        raise BadInput(_("One of the lines does not belong to order %(order)s.") % {"order": order})
    if wanted.quantity < 1:
        raise BadInput(_("Line %(line)s: the quantity must be at least 1.") % {"line": line})
    amount = (
        share(line, wanted.quantity, order.currency) if wanted.amount is None else wanted.amount
    )
    if amount < 0 or amount != money.quantise(amount, order.currency):
        raise BadInput(_("Line %(line)s: the amount is not possible.") % {"line": line})
    return caps.Claim(line, wanted.quantity, amount)


def _proposal(
    order: Order, request: Request, claims: Sequence[caps.Claim]
) -> proposing.Proposal | None:
    """What a compensation proposes to give; ``None`` for every other kind."""
    if request.kind != Kind.COMPENSATION:
        if request.compensation_type or request.bearer or request.loss is not None:
            raise BadInput(
                _(
                    "Type, bearer and loss belong to a compensation. Choose that kind, or leave them "
                    "empty."
                )
            )
        return None
    if any(line.amount is not None for line in request.lines):
        raise BadInput(_("Say the amount of a compensation once, for the whole case."))
    usual = Compensation.Type.GOODWILL if request.in_money else Compensation.Type.COUPON
    wanted = proposing.Wanted(
        type=request.compensation_type or usual,
        amount=request.amount,
        bearer=request.bearer,
        loss=request.loss,
    )
    return proposing.propose(order, wanted, claims, request.freight)


def _as_proposed(request: Request, proposal: proposing.Proposal) -> Request:
    """The request with what follows from the type of its compensation."""
    return replace(
        request,
        compensation_type=proposal.type,
        in_money=proposal.in_money,
        freight=proposal.freight,
        amount=proposal.amount - proposal.freight,
        bearer=proposal.bears_in_the_end,
    )


def _total(order: Order, request: Request, claims: Sequence[caps.Claim]) -> Decimal:
    if request.kind not in Kind.values:
        raise BadInput(_("There is no kind of case “%(kind)s”.") % {"kind": request.kind})
    if request.freight < 0 or request.freight != money.quantise(request.freight, order.currency):
        raise BadInput(_("The freight is not a possible amount."))
    if len({claim.line.pk for claim in claims}) < len(claims):
        raise BadInput(_("An order line can be named only once in a case."))
    total = sum((claim.amount for claim in claims), ZERO) + request.freight
    if request.kind == Kind.COMPENSATION and not claims:
        total += request.amount or ZERO
    elif not claims and not request.freight:
        raise BadInput(_("Name at least one order line, or freight to refund."))
    if total <= 0 or total != money.quantise(total, order.currency):
        raise BadInput(_("The amount of a case must be more than zero."))
    return total


def _new_case(
    order: Order,
    request: Request,
    reason: Reason,
    total: Decimal,
    claims: Sequence[caps.Claim],
) -> RefundCase:
    at, stage = clock.now(), order.stage
    policy = policies.in_force(
        store=order.store,
        kind=request.kind,
        stage=stage,
        at=at,
        reason=reason,
        categories={claim.line.category for claim in claims},
    )
    case = RefundCase(
        store=order.store,
        order=order,
        kind=request.kind,
        reason=reason,
        reason_text=request.reason_text,
        external_number=request.external_number,
        currency=order.currency,
        amount_requested=total,
        freight_requested=request.freight,
        in_money=request.in_money and request.kind != Kind.EXCHANGE,
        stage=stage,
        policy=policy,
        at_deadline=policy.at_deadline,
        requested_at=at,
        channel_due_at=_channel_deadline(policy, request, at),
        bearer=request.bearer or policy.cost_bearer,
        freight_payer=reason.freight_payer,
    )
    running.start(case, Clock.REVIEW, policy.review_hours)
    return case


def _channel_deadline(policy: RefundPolicy, request: Request, at: datetime) -> datetime | None:
    """The channel's own word, else the wall time that the policy knows it to give.

    The platform decides about an advance: it has the policy's hours in wall time, day and night.
    """
    if request.compensation_type == Compensation.Type.ADVANCE:
        return at + timedelta(hours=policy.review_hours) + BEFORE_THE_CHANNEL
    if request.channel_due_at or policy.channel_hours is None:
        return request.channel_due_at
    return at + timedelta(hours=policy.channel_hours)
