"""Order files: uploaded, checked, confirmed, applied."""

from decimal import Decimal
from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice import money
from backoffice.admin.guarded import ScopedRelatedFilter
from backoffice.bulk.pages import FileRunAdmin
from backoffice.bulk.runs import twin_of
from orders.forms import OrderUploadForm
from orders.models import OrderImport


@admin.register(OrderImport)
class OrderImportAdmin(FileRunAdmin):
    """Order files of the person's stores."""

    upload_permission = "orders.import_order"
    upload_form = OrderUploadForm
    upload_template = "orders/upload.html"
    run_template = "orders/run.html"
    upload_title = gettext_lazy("Import orders")
    list_display = ("file_name", "state_pill", "store", "profile", "uploaded_by", "uploaded_at")
    list_filter: ClassVar = ["state", ("store", ScopedRelatedFilter)]
    list_select_related = ("store", "profile", "uploaded_by")

    def run_context(self, request: HttpRequest, run: OrderImport) -> dict[str, Any]:
        """With the figures, the first orders and an earlier import of the same file."""
        counts = run.counts
        figures = [
            (_("Rows in the file"), "rows"),
            (_("Rows used"), "used"),
            (_("Rows unchanged"), "unchanged"),
            (_("Rows that are cancellations"), "cancelled"),
            (_("Rows left out"), "problems"),
        ]
        preview = [_shown(order) for order in counts.get("preview", [])]
        twin = twin_of(run, store=run.store) if run.state in ("uploaded", "checked") else None
        return {
            **super().run_context(request, run),
            "figures": [(label, counts[name]) for label, name in figures if name in counts],
            "preview": preview,
            "twin": twin,
        }


def _shown(order: dict[str, Any]) -> dict[str, Any]:
    """An order of the preview as a person reads it."""
    amounts = {
        name: money.show(Decimal(order[name]), order["currency"]) for name in ("freight", "total")
    }
    return {**order, **amounts, "placed_at": parse_datetime(order["placed_at"])}
