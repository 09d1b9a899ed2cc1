"""The order list and the order page."""

from decimal import Decimal
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RangeDateFilter
from unfold.decorators import display

from backoffice.admin.exports import GuardedExport
from backoffice.admin.guarded import ScopedRelatedFilter
from backoffice.admin.uncovering import Uncovering
from backoffice.money import ZERO, show
from orders.admin.erasures import erasing_context
from orders.boxes import order_boxes
from orders.models import Order
from orders.naming import SearchByName
from orders.resources import OrderListResource

STAGES = {"not_shipped": _("Not shipped"), "shipped": _("Shipped"), "received": _("Received")}


@admin.register(Order)
class OrderAdmin(SearchByName, GuardedExport, Uncovering):
    """What buyers bought: read here, brought by imports."""

    list_display = ("number", "buyer", "placed_at", "amount_paid", "stage_name", "store")
    list_filter: ClassVar = [
        ("store", ScopedRelatedFilter),
        "currency",
        ("placed_at", RangeDateFilter),
    ]
    list_select_related = ("store", "buyer")
    list_before_template = "orders/list_links.html"
    search_fields = ("^number", "^buyer__code", "=lines__sku")
    search_help_text = _(
        "Order number, buyer code or SKU from its beginning, or the buyer's name or a word of it."
    )
    resource_classes = (OrderListResource,)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """With what the list adds up."""
        return super().get_queryset(request).prefetch_related("payments", "shipments")

    def get_export_queryset(self, request: HttpRequest) -> QuerySet:
        """The list's orders, of the stores where the person may export."""
        return super().get_export_queryset(request).within(request.user, "orders.export_order")

    @display(description=_("paid"))
    def amount_paid(self, order: Order) -> str:
        """What was paid, in the order's currency."""
        return show(order.paid, order.currency)

    @display(description=_("stage"))
    def stage_name(self, order: Order) -> str:
        """How far the goods are."""
        return str(STAGES[order.stage])

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The list, with a way to the import for those who may."""
        url = (
            reverse("admin:orders_orderimport_upload")
            if request.user.has_perm("orders.import_order")
            else ""
        )
        return super().changelist_view(request, {"upload_url": url, **(extra_context or {})})

    def object_page(self, request: HttpRequest, obj: Order) -> HttpResponse:
        """One order: what was bought, paid and shipped, and what upper apps add."""
        context = {**order_context(request, obj), **self.uncovering(request, obj)}
        context |= erasing_context(request, obj)
        return self.page(request, "orders/order.html", obj.number, context)


def order_context(request: HttpRequest, order: Order) -> dict[str, Any]:
    """What the order page shows, money as the reader's language writes it."""

    def money(amount: Decimal) -> str:
        return show(amount, order.currency)

    lines = list(order.lines.all())
    goods = sum((line.amount for line in lines), ZERO)
    return {
        "title": order.number,
        "order": order,
        "stage": STAGES[order.stage],
        "paid": money(order.paid),
        "freight": money(order.freight),
        "total": money(goods + order.freight),
        "lines": [
            {
                "line": line,
                "price": money(line.unit_price),
                "discount": money(line.discount) if line.discount else "–",
                "amount": money(line.amount),
            }
            for line in lines
        ],
        "payments": [{"payment": p, "amount": money(p.amount)} for p in order.payments.all()],
        "shipments": order.shipments.all(),
        "boxes": order_boxes(request, order),
        "list_url": reverse("admin:orders_order_changelist"),
        "history_url": reverse("admin:orders_order_history", args=[order.pk]),
    }
