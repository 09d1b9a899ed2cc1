"""Payouts: each movement of money, and where it stands."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from unfold.decorators import display

from backoffice import money
from backoffice.admin.display import pill
from backoffice.admin.exports import GuardedExport
from backoffice.admin.uncovering import Uncovering
from refunds.admin.desk_pages import actor_of, code, state_pill, way_label
from refunds.admin.money.filters import BatchFilter, PayoutStateFilter, PayoutStoreFilter
from refunds.admin.money.payout_attempts import PayoutAttempts
from refunds.admin.money.payout_steps import PayoutSteps, offered, shared
from refunds.lists import PayoutListResource
from refunds.models import Payout
from refunds.payouts.routes import closed_routes


@admin.register(Payout)
class PayoutAdmin(PayoutSteps, PayoutAttempts, GuardedExport, Uncovering):
    """Newest first; there is no form."""

    list_display = (
        "code",
        "pill",
        "shown_amount",
        "shown_way",
        "case_code",
        "batch_code",
        "store",
        "queued_at",
        "bank_reason",
    )
    list_filter: ClassVar = [
        PayoutStateFilter,
        "method",
        "purpose",
        PayoutStoreFilter,
        BatchFilter,
    ]
    list_select_related = ("case__store", "batch")
    search_fields = ("^number", "^case__number")
    search_help_text = _("The payout's or the case's number, from its beginning.")
    row_template = "refunds/payout.html"
    resource_classes = (PayoutListResource,)

    @display(description=_("number"), ordering="number")
    def code(self, payout: Payout) -> SafeString:
        """The number, on one line."""
        return code(payout.number)

    @display(description=_("refund case"))
    def case_code(self, payout: Payout) -> SafeString:
        """The case's number, on one line."""
        return code(payout.case.number)

    @display(description=_("refund batch"))
    def batch_code(self, payout: Payout) -> SafeString:
        """The batch's number, on one line."""
        return code(payout.batch.number if payout.batch else "–")

    @display(description=_("state"), ordering="state")
    def pill(self, payout: Payout) -> SafeString:
        """The state, as a word in a colour, and whether a dispute holds it back."""
        if not payout.frozen:
            return state_pill(payout)
        return format_html("{} {}", state_pill(payout), pill("held", _("frozen")))

    @display(description=_("amount"), ordering="amount")
    def shown_amount(self, payout: Payout) -> str:
        """The amount with its currency."""
        return money.show(payout.amount, payout.currency)

    @display(description=pgettext_lazy("payout", "method"), ordering="method")
    def shown_way(self, payout: Payout) -> str:
        """How it goes: the original route by its channel."""
        return way_label(payout)

    @display(description=_("store"))
    def store(self, payout: Payout) -> str:
        """The store that pays."""
        return str(payout.case.store)

    def get_export_queryset(self, request: HttpRequest) -> QuerySet:
        """The list's payouts in the stores where the person may export."""
        return super().get_export_queryset(request).within(request.user, "refunds.export_payout")

    def row_context(self, request: HttpRequest, payout: Payout) -> dict[str, Any]:
        """Facts, links and history, and what may be done to it now."""
        waits = payout.state == Payout.State.QUEUED
        sees_case = request.user.has_perm("refunds.view_refundcase", payout.case)
        return {
            **shared(request, payout),
            "pill": state_pill(payout),
            "sees_case": sees_case,
            "sees_batch": request.user.has_perm("refunds.view_refundbatch", payout),
            "steps": offered(payout, actor_of(request)),
            "closed": closed_routes([payout]).get(payout, "") if waits else "",
            "siblings": [
                (row, money.show(row.amount, row.currency), state_pill(row))
                for row in payout.case.payouts.exclude(pk=payout.pk).order_by("pk")
            ],
            "entries": self.story(request, payout),
            **self.attempts_context(request, payout),
            **self.uncovering(request, payout),
        }

    def get_urls(self) -> list[Any]:
        """The steps, before Django's own pages."""
        return [*self.step_urls(self.admin_site.admin_view), self.ask_url(), *super().get_urls()]
