"""How the list of payouts is narrowed, among what the person may see."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from backoffice.row_numbers import row_number
from merchants.models import Store
from refunds.models import Payout, RefundBatch
from refunds.payouts.queueing import to_queue_again

LATEST = 20  # batches offered; any other is reached from its own page
AGAIN = "again"


class PayoutStateFilter(admin.SimpleListFilter):
    """One state, or what came to nothing and waits to be queued again."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Every state that payouts of this product get into, and what is left to do."""
        states = [(state.value, state.label) for state in Payout.State]
        return [*states, (AGAIN, _("To be queued again"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        """Payouts in the chosen state; an unknown one is ignored."""
        if self.value() == AGAIN:
            return to_queue_again(queryset)
        return (
            queryset.filter(state=self.value()) if self.value() in Payout.State.values else queryset
        )


class RowFilter(admin.SimpleListFilter):
    """One related row, by its id; what is not an id is ignored."""

    field: str

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        """Payouts of the chosen row."""
        pk = row_number(str(self.value() or ""))  # facets hand over the choice itself, a number
        return queryset if pk is None else queryset.filter(**{self.field: pk})


class PayoutStoreFilter(RowFilter):
    """One store."""

    title = _("store")
    parameter_name = "store"
    field = "case__store"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, str]]:
        """The stores whose payouts the person sees."""
        return [
            (store.pk, str(store))
            for store in Store.objects.within(request.user, "refunds.view_payout")
        ]


class BatchFilter(RowFilter):
    """One batch."""

    title = _("refund batch")
    parameter_name = "batch"
    field = "batch"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, str]]:
        """The latest batches that the person sees, and the one at hand."""
        visible = RefundBatch.objects.visible_to(request.user).order_by("-pk")
        batches = list(visible[:LATEST])
        current = row_number(request.GET.get("batch", ""))
        if current is not None and current not in {batch.pk for batch in batches}:
            batches += visible.filter(pk=current)
        return [(batch.pk, batch.number) for batch in batches]
