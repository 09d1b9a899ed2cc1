"""Payouts: each movement of money, where it stands, and a second try for those that failed."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import path
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from backoffice import money
from backoffice.admin.display import pill
from backoffice.admin.exports import GuardedExport
from backoffice.exceptions import BackofficeError, NotAllowed, NotFound
from refunds.admin.desk_pages import DeskAdmin, actor_of, code, state_pill
from refunds.admin.money_filters import BatchFilter, PayoutStateFilter, PayoutStoreFilter
from refunds.admin.payout_attempts import AttemptsMixin
from refunds.lists import PayoutListResource
from refunds.models import Payout
from refunds.payouts import may_retry, retry


@admin.register(Payout)
class PayoutAdmin(AttemptsMixin, GuardedExport, DeskAdmin):
    """Newest first; there is no form."""

    list_display = (
        "code",
        "pill",
        "shown_amount",
        "case_code",
        "batch_code",
        "store",
        "queued_at",
        "bank_reason",
    )
    list_filter: ClassVar = [PayoutStateFilter, PayoutStoreFilter, BatchFilter]
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

    @display(description=_("store"))
    def store(self, payout: Payout) -> str:
        """The store that pays."""
        return str(payout.case.store)

    def get_export_queryset(self, request: HttpRequest) -> QuerySet:
        """The list's payouts in the stores where the person may export."""
        return super().get_export_queryset(request).within(request.user, "refunds.export_payout")

    def row_context(self, request: HttpRequest, payout: Payout) -> dict[str, Any]:
        """Facts, links and history, and a second try where one is possible."""
        sees_case = request.user.has_perm("refunds.view_refundcase", payout.case)
        return {
            "payout": payout,
            "amount": money.show(payout.amount, payout.currency),
            "pill": state_pill(payout),
            "sees_case": sees_case,
            "sees_batch": request.user.has_perm("refunds.view_refundbatch", payout),
            "may_retry": may_retry(payout, actor_of(request)),
            "siblings": [
                (row, money.show(row.amount, row.currency), state_pill(row))
                for row in payout.case.payouts.exclude(pk=payout.pk).order_by("pk")
            ],
            "entries": self.story(request, payout),
            **self.attempts_context(request, payout),
        }

    def retry_view(self, request: HttpRequest, payout_id: int) -> HttpResponse:
        """GET asks, POST queues a new payout in place of the failed one."""
        if request.method not in ("GET", "HEAD", "POST"):
            return HttpResponseNotAllowed(["GET", "HEAD", "POST"])
        payout = (
            self.get_queryset(request).select_related("case", "batch").filter(pk=payout_id).first()
        )
        if payout is None:
            raise NotFound
        if not request.user.has_perm("refunds.retry_payout", payout):
            raise NotAllowed
        if request.method != "POST":
            context = {"payout": payout, "amount": money.show(payout.amount, payout.currency)}
            return self.page(request, "refunds/payout_retry.html", payout.number, context)
        try:
            fresh = retry(payout_id=payout.pk, actor=actor_of(request))
        except BackofficeError as refusal:
            return self.row_page(request, payout, refusal.status, refusal=refusal)
        messages.success(
            request, gettext("Payout %(number)s is queued for the next batch.") % {"number": fresh}
        )
        return redirect("admin:refunds_payout_change", fresh.pk)

    def get_urls(self) -> list[Any]:
        """The second try, before Django's own pages."""
        wrap = self.admin_site.admin_view
        retry_url = path(
            "<int:payout_id>/retry/", wrap(self.retry_view), name="refunds_payout_retry"
        )
        return [retry_url, self.ask_url(), *super().get_urls()]
