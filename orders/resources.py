"""Orders as a file: one row each."""

from typing import Any, ClassVar

from django.db.models import (
    Count,
    DecimalField,
    Expression,
    F,
    IntegerField,
    OuterRef,
    Subquery,
    Sum,
)
from django.db.models.functions import Cast, Coalesce
from django.utils.translation import gettext_lazy as _

from backoffice.exporting.columns import Column, Kind, ListResource
from backoffice.money import ZERO
from orders.models import Order, OrderLine, Payment

MONEY = DecimalField(max_digits=14, decimal_places=2)


def _of_order(rows: Any) -> Any:
    return rows.filter(order=OuterRef("pk")).order_by().values("order")


def _money(rows: Any, amount: Expression | F) -> Expression:
    """What ``amount`` of the order's ``rows`` adds up to."""
    total = Subquery(_of_order(rows).annotate(total=Sum(amount)).values("total"))
    return Cast(Coalesce(total, ZERO, output_field=MONEY), MONEY)


LINES = Coalesce(
    Subquery(_of_order(OrderLine.objects).annotate(n=Count("pk")).values("n")),
    0,
    output_field=IntegerField(),
)
GOODS = _money(OrderLine.objects, F("quantity") * F("unit_price") - F("discount"))
PAID = _money(Payment.objects, F("amount"))


class OrderListResource(ListResource):
    """What the order list offers to export."""

    number = Column("number", Kind.TEXT, _("Order number"))
    store = Column("store__code", Kind.TEXT, _("Store"))
    buyer = Column("buyer__code", Kind.TEXT, _("Buyer"))
    buyer_name = Column("buyer__name", Kind.TEXT, _("Buyer name"))
    placed_at = Column("placed_at", Kind.MOMENT, _("Placed at"))
    currency = Column("currency", Kind.CODE, _("Currency"))
    lines = Column(LINES, Kind.WHOLE, _("Lines"))
    goods = Column(GOODS, Kind.AMOUNT, _("Goods"))
    freight = Column("freight", Kind.AMOUNT, _("Freight"))
    paid = Column(PAID, Kind.AMOUNT, _("Paid"))

    class Meta:
        model = Order
        name = _("Orders")
        fields: ClassVar = (
            "number", "store", "buyer", "buyer_name", "placed_at", "currency", "lines", "goods", "freight",
            "paid",
        )  # fmt: skip
        export_order = fields
