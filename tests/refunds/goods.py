"""Returns and exchanges for tests, brought as far as a test wants them."""

from typing import Any

from backoffice.actors import person
from orders.models import Order, Stock
from refunds.goods.pieces import Found
from refunds.intake import LineRequest
from refunds.models import Kind, RefundCase
from refunds.workflow import perform
from tests.cast import Cast
from tests.refunds.factories import make_case, make_order

PARCEL = {"carrier": "SF", "tracking": "SF1"}


def do(cast: Cast, case: RefundCase, action: str, **details: Any) -> RefundCase:
    """What store A's staff do to the case."""
    return perform(action, case_id=case.pk, actor=person(cast.staff), **details)


def make_return(
    cast: Cast, *lines: tuple[int, str], kind: str = Kind.RETURN_REFUND, **request: Any
) -> RefundCase:
    """A case about all pieces of an order with ``lines`` of (quantity, unit price)."""
    order = make_order(cast.a, *(lines or [(3, "50.00")]))
    wanted = [LineRequest(line.pk, line.quantity) for line in order.lines.all()]
    return make_case(order, cast.staff, kind=kind, lines=wanted, **request)


def inspecting(cast: Cast, *lines: tuple[int, str], **request: Any) -> RefundCase:
    """The same, with its parcel arrived."""
    case = make_return(cast, *lines, **request)
    do(cast, case, "approve")
    return do(cast, case, "receive", **PARCEL)


def found(case: RefundCase, *counts: tuple[int, int, int]) -> list[Found]:
    """(sound, damaged, missing) of each line in turn."""
    return [Found(line.pk, *row) for line, row in zip(case.lines.all(), counts, strict=True)]


def on_hand(cast: Cast, sku: str = "SKU-1") -> int | None:
    """What store A has of an article; ``None`` where nobody has counted it."""
    return Stock.objects.filter(store=cast.a, sku=sku).values_list("on_hand", flat=True).first()


def order_of(case: RefundCase) -> Order:
    """The order, read anew."""
    return Order.objects.get(pk=case.order_id)
