"""What the timer does about goods when nobody acts."""

from typing import Any

from backoffice.actors import Actor
from orders.stock import OutOfStock
from refunds.deciding import decisions
from refunds.goods import converting
from refunds.models import Kind, RefundCase


def auto_approve(case: RefundCase, *, actor: Actor, **details: Any) -> None:
    """Approve in the merchant's place; an exchange of which nothing is in stock becomes a refund.

    Then the goods still come back first, and the money has to fit into what is left of the order.
    """
    if case.kind != Kind.EXCHANGE:
        decisions.auto_approve(case, actor=actor, **details)
        return
    decisions.check_rails(case)
    try:
        decisions.approve(case, actor=actor, **details)
    except OutOfStock:
        converting.change_kind(case, Kind.RETURN_REFUND)
        decisions.auto_approve(case, actor=actor, **details)
