"""Refund cases as rows of a file, by django-import-export. Out only: cases change by actions."""

from import_export import resources

from refunds.models import RefundCase
from refunds.resources import column


class RefundCaseResource(resources.ModelResource):
    """A case as a person reads it in a spreadsheet."""

    number = column("number")
    external_number = column("external_number")
    store = column("store__code", "store")
    order = column("order__number", "order")
    buyer = column("order__buyer__name", "buyer")
    kind = column("kind")
    state = column("state")
    reason = column("reason__code", "reason")
    reason_text = column("reason_text")
    currency = column("currency")
    amount_requested = column("amount_requested")
    amount_approved = column("amount_approved")
    requested_at = column("requested_at")
    due_at = column("due_at")
    closed_at = column("closed_at")

    class Meta:
        model = RefundCase
        name = "Refund cases"
        fields = export_order = (
            "number",
            "external_number",
            "store",
            "order",
            "buyer",
            "kind",
            "state",
            "reason",
            "reason_text",
            "currency",
            "amount_requested",
            "amount_approved",
            "requested_at",
            "due_at",
            "closed_at",
        )
