"""An order, with everything that hangs on an order or a buyer."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from backoffice.actors import INSTALLER, system
from backoffice.clock import now
from merchants.models import Store
from orders.models import Buyer, Cancellation, Erasure, Order, OrderLine, Payment, Shipment, Stock
from refunds.models import (
    ExemptCategory,
    ExemptGround,
    FlaggedSku,
    InstantRule,
    PolicyReplay,
    RiskHold,
)
from refunds.whatif.draft import base_of
from tests.access.world.marks import PRICES, mark, personal


def order_rows(place: str, store: Store) -> dict[str, Any]:
    def text(model: str) -> str:
        return mark(place, model)

    buyer = Buyer.objects.create(
        store=store, code=text("buyer"), name=personal(place, "buyer"), country=text("buyer")
    )
    order = Order.objects.create(
        store=store, number=text("order"), buyer=buyer, currency="CNY", freight=Decimal("12.00"),
        placed_at=now() - timedelta(days=3),
    )  # fmt: skip
    line = OrderLine.objects.create(
        order=order, position=1, sku=text("orderline"), title=text("orderline"),
        category=text("orderline"), quantity=9, unit_price=Decimal(PRICES[place]),
    )  # fmt: skip
    return {
        "buyer": buyer,
        "order": order,
        "orderline": line,
        "payment": Payment.objects.create(
            order=order, reference=personal(place, "payment"), method=text("payment"),
            amount=line.amount + order.freight, paid_at=now(),
        ),
        "stock": Stock.objects.create(store=store, sku=text("stock"), on_hand=5),
        "shipment": Shipment.objects.create(
            order=order, carrier=text("shipment"), tracking=personal(place, "shipment"), shipped_at=now(), delivered_at=now()
        ),
        "erasure": Erasure.objects.create(
            buyer=buyer, asked_by=system(INSTALLER).user, asked_at=now(), reason=text("erasure")
        ),
        "policyreplay": PolicyReplay.objects.create(
            store=store, made_by=system(INSTALLER).user, made_at=now(), title=text("policyreplay"),
            draft={"base": base_of(store), "changes": {}}, since=now().date(), until=now().date(),
        ),
        "riskhold": RiskHold.objects.create(buyer=buyer, why=text("riskhold")),
        "flaggedsku": FlaggedSku.objects.create(
            store=store, sku=text("flaggedsku"), why=text("flaggedsku")
        ),
        "instantrule": InstantRule.objects.create(
            store=store, name=text("instantrule"), kind="return_refund", most_amount=1, valid_from=now()
        ),
        "exemptcategory": ExemptCategory.objects.create(
            store=store, category=text("exemptcategory"), valid_from=now(),
            ground=ExemptGround.objects.get(code="E02"),
        ),
        "cancellation": Cancellation.objects.create(
            order_line=line, number=text("cancellation"), quantity=1, cancelled_at=now()
        ),
    }  # fmt: skip
