"""Orders and cases for tests, made through the product's own services."""

from datetime import datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from backoffice.actors import INSTALLER, person, system
from backoffice.audit.recording import recorded
from backoffice.clock import now
from backoffice.models import User
from merchants.models import Store
from orders.models import Buyer, Order, OrderLine, Payment, Shipment, Stock
from refunds.intake import LineRequest, Request, open_case
from refunds.models import Kind, RefundCase

_numbers = count(1)


def make_order(
    store: Store,
    *lines: tuple[int, str],
    freight: str = "10.00",
    shipped: datetime | None = None,
    delivered: datetime | None = None,
) -> Order:
    """An order of ``store`` with ``lines`` of (quantity, unit price), paid in full."""
    n = next(_numbers)
    with recorded(system(INSTALLER), "An order for a test."):
        buyer = Buyer.objects.create(store=store, code=f"buyer-{n}", name=f"Buyer {n}")
        order = Order.objects.create(
            store=store,
            number=f"T{n:05}",
            buyer=buyer,
            currency=store.currency,
            freight=Decimal(freight),
            placed_at=now() - timedelta(days=3),
        )
        for position, (quantity, price) in enumerate(lines or [(2, "50.00")], 1):
            OrderLine.objects.create(
                order=order,
                position=position,
                sku=f"SKU-{position}",
                title=f"Article {position}",
                quantity=quantity,
                unit_price=Decimal(price),
            )
        total = sum((line.amount for line in order.lines.all()), order.freight)
        if total:
            Payment.objects.create(
                order=order, reference=f"PAY-{n}", method="card", amount=total, paid_at=now()
            )
        if shipped:
            Shipment.objects.create(order=order, shipped_at=shipped, delivered_at=delivered)
    return order


def make_stock(store: Store, sku: str = "SKU-1", pieces: int = 1) -> Stock:
    """So many pieces of an article on hand in ``store``."""
    with recorded(system(INSTALLER), "Counted for a test."):
        return Stock.objects.create(store=store, sku=sku, on_hand=pieces)


def make_case(
    order: Order, user: User, *, kind: str = Kind.REFUND_ONLY, quantity: int = 1, **request: Any
) -> RefundCase:
    """A case about the first line of ``order``, opened by ``user``."""
    lines = [LineRequest(order.lines.all()[0].pk, quantity)]
    request.setdefault("reason_code", "S02" if kind == Kind.COMPENSATION else "C01")
    wanted = Request(kind=kind, lines=request.pop("lines", lines), **request)
    return open_case(order_id=order.pk, actor=person(user), request=wanted)


def fetch(case: RefundCase) -> RefundCase:
    """The case as the database has it now."""
    return RefundCase.objects.get(pk=case.pk)
