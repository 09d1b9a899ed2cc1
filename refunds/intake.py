"""How a buyer's request becomes a case."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from backoffice import clock, money
from backoffice.actors import Actor
from backoffice.audit.recording import recorded
from backoffice.exceptions import BadInput, NotAllowed, NotFound
from backoffice.money import ZERO
from orders.models import Order, OrderLine
from refunds import caps, policies
from refunds.clocks import running
from refunds.models import CaseLine, Clock, Kind, Reason, RefundCase, RefundPolicy

WORDS = gettext_noop("The buyer asked for this.")


@dataclass(frozen=True)
class LineRequest:
    """So many pieces of an order line; ``amount`` ``None`` means their share of what was paid."""

    order_line_id: int
    quantity: int
    amount: Decimal | None = None


@dataclass(frozen=True)
class Request:
    """What a buyer asks for. ``amount`` is for a compensation that names no lines."""

    kind: str
    reason_code: str
    lines: Sequence[LineRequest] = ()
    freight: Decimal = ZERO
    amount: Decimal | None = None
    in_money: bool = True
    reason_text: str = ""
    external_number: str = ""
    channel_due_at: datetime | None = None


def open_case(*, order_id: int, actor: Actor, request: Request) -> RefundCase:
    """Open a case for ``request`` and freeze its policy and deadline.

    Takes the order's lock. Raises ``NotFound`` outside the actor's stores, ``NotAllowed`` without
    the permission, ``BadInput`` for what makes no sense, ``RefundExceedsBalance`` above what is
    left, and ``NoPolicy``.
    """
    with recorded(actor, request.reason_text or WORDS, "request"):
        order = _own_order(order_id, actor)
        reason = _reason(request)
        claims = [_claim(order, line) for line in request.lines]
        total = _total(order, request, claims)
        caps.check(
            order,
            kind=request.kind,
            claims=claims,
            freight=request.freight,
            total=total,
            in_money=request.in_money,
        )
        case = _new_case(order, request, reason, total, claims)
        case.save(force_insert=True)
        for claim in claims:
            CaseLine.objects.create(
                case=case,
                order_line=claim.line,
                quantity=claim.quantity,
                amount_requested=claim.amount,
            )
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


def share(line: OrderLine, quantity: int, currency: str) -> Decimal:
    """What the buyer paid for ``quantity`` pieces of ``line``: all of them give the whole amount."""
    return money.quantise(line.amount * min(quantity, line.quantity) / line.quantity, currency)


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
        bearer=policy.cost_bearer,
        freight_payer=reason.freight_payer,
    )
    running.start(case, Clock.REVIEW, policy.review_hours)
    return case


def _channel_deadline(policy: RefundPolicy, request: Request, at: datetime) -> datetime | None:
    """The channel's own word, else the wall time that the policy knows it to give."""
    if request.channel_due_at or policy.channel_hours is None:
        return request.channel_due_at
    return at + timedelta(hours=policy.channel_hours)
