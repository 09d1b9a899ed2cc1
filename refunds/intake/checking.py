"""Whether a request makes sense: its order, reason, lines and amounts."""

from collections.abc import Sequence
from decimal import Decimal

from backoffice import money
from backoffice.actors import Actor
from backoffice.exceptions import BadInput, NotAllowed, NotFound
from backoffice.money import ZERO
from backoffice.sentences import sentence as _
from orders.models import Order
from refunds import caps
from refunds.intake.asking import LineRequest, Request
from refunds.models import Kind, Reason
from refunds.shares import share


def own_order(order_id: int, actor: Actor) -> Order:
    """The order, locked; raises ``NotFound`` or ``NotAllowed``."""
    orders = Order.objects.select_for_update(of=("self",)).select_related("store")
    if not actor.user.is_system:
        orders = orders.visible_to(actor.user)
    order = orders.filter(pk=order_id).first()
    if order is None:
        raise NotFound
    if not (actor.user.is_system or actor.user.has_perm("refunds.open_refundcase", order)):
        raise NotAllowed
    return order


def reason_of(request: Request) -> Reason:
    """The reason, if it stands and is for this kind."""
    return fitting(Reason.objects.filter(code=request.reason_code, active=True).first(), request)


def fitting(reason: Reason | None, request: Request) -> Reason:
    """``reason``, if it is one and takes this request."""
    if reason is None:
        raise BadInput(_("There is no reason code “%(code)s”.") % {"code": request.reason_code})
    if reason.text_needed and not request.reason_text.strip():
        raise BadInput(
            _("The reason “%(reason)s” needs a text that explains it.") % {"reason": reason}
        )
    if why := objection_to(reason, request.kind):
        raise BadInput(why)
    return reason


def objection_to(reason: Reason, kind: str) -> str:
    """Why nobody can ask for ``kind`` with this reason, as a sentence; empty where they can."""
    if kind not in Kind.values or reason.allows(kind):
        return ""
    return _("The reason “%(reason)s” is not for “%(kind)s”. Choose another reason or kind.") % {
        "reason": reason,
        "kind": Kind(kind).label,
    }


def claim(order: Order, wanted: LineRequest) -> caps.Claim:
    """What one line of the request claims of its order line."""
    line = next((line for line in order.lines.all() if line.pk == wanted.order_line_id), None)
    if line is None:
        raise BadInput(_("One of the lines does not belong to order %(order)s.") % {"order": order})
    if wanted.quantity < 1:
        raise BadInput(_("Line %(line)s: the quantity must be at least 1.") % {"line": line})
    amount = (
        share(line, wanted.quantity, order.currency) if wanted.amount is None else wanted.amount
    )
    if amount < 0:
        raise BadInput(_("Line %(line)s: the amount is not possible.") % {"line": line})
    money.check_decimals(amount, order.currency)
    return caps.Claim(line, wanted.quantity, amount)


def total_of(order: Order, request: Request, claims: Sequence[caps.Claim]) -> Decimal:
    """What the case is about in all, in the order's currency."""
    if request.kind not in Kind.values:
        raise BadInput(_("There is no kind of case “%(kind)s”.") % {"kind": request.kind})
    if request.freight < 0:
        raise BadInput(_("The freight is not a possible amount."))
    money.check_decimals(request.freight, order.currency)
    if len({claim.line.pk for claim in claims}) < len(claims):
        raise BadInput(_("An order line can be named only once in a case."))
    total = sum((claim.amount for claim in claims), ZERO) + request.freight
    if request.kind == Kind.COMPENSATION and not claims:
        total += request.amount or ZERO
    elif not claims and not request.freight:
        raise BadInput(_("Name at least one order line, or freight to refund."))
    if total <= 0:
        raise BadInput(_("The amount of a case must be more than zero."))
    money.check_decimals(total, order.currency)
    return total
