"""Orders as a spreadsheet: one row each, text that cannot run, figures that stay figures."""

from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _
from import_export.fields import Field
from import_export.resources import ModelResource

from backoffice.bulk.cells import safe_cell
from backoffice.money import ZERO
from orders.models import Order


class OrderResource(ModelResource):
    """The order list's export."""

    number = Field("number", column_name=_("Order number"))
    store = Field("store__code", column_name=_("Store"))
    buyer = Field("buyer__code", column_name=_("Buyer"))
    buyer_name = Field("buyer__name", column_name=_("Buyer name"))
    placed_at = Field("placed_at", column_name=_("Placed at"))
    currency = Field("currency", column_name=_("Currency"))
    lines = Field(column_name=_("Lines"))
    goods = Field(column_name=_("Goods"))
    freight = Field("freight", column_name=_("Freight"))
    paid = Field("paid", column_name=_("Paid"))

    class Meta:
        model = Order
        fields: ClassVar = (
            "number", "store", "buyer", "buyer_name", "placed_at", "currency", "lines", "goods", "freight", "paid",
        )  # fmt: skip
        export_order = fields

    def get_export_headers(self, selected_fields: Any = None) -> list[str]:
        """The headings in the reader's language."""
        return [str(header) for header in super().get_export_headers(selected_fields)]

    def export_field(self, field: Field, instance: Order, **kwargs: Any) -> Any:
        """A cell, safe for a spreadsheet."""
        return safe_cell(super().export_field(field, instance, **kwargs))

    def dehydrate_lines(self, order: Order) -> int:
        """How many lines there are."""
        return len(order.lines.all())

    def dehydrate_goods(self, order: Order) -> str:
        """What the lines cost, without freight."""
        return str(sum((line.amount for line in order.lines.all()), ZERO))
