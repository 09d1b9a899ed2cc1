"""A channel's cancellation becomes a refund case on the order that it cancels."""

from collections.abc import Sequence
from datetime import datetime

from backoffice.actors import Actor
from orders.cancellations import CancelledLine
from orders.models import Order
from refunds.intake import LineRequest, Request, open_case
from refunds.models import Kind, RefundCase

REASON = "C01"


def open_cancellation(
    *,
    order: Order,
    lines: Sequence[CancelledLine],
    external_number: str,
    cancelled_at: datetime,
    actor: Actor,
) -> bool:
    """Open a case for the cancelled lines; ``False`` when the same cancellation came before.

    The clock starts when we learn of it, not when the channel wrote it down.
    """
    if RefundCase.objects.filter(store=order.store_id, external_number=external_number).exists():
        return False
    request = Request(
        kind=Kind.REFUND_ONLY,
        reason_code=REASON,
        lines=[LineRequest(line.order_line_id, line.quantity) for line in lines],
        external_number=external_number,
    )
    open_case(order_id=order.pk, actor=actor, request=request)
    return True
