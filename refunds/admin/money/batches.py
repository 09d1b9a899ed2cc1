"""Refund batches: the list, and the page on which each role does its part."""

from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from unfold.decorators import display

from backoffice import money
from backoffice.admin.guarded import ScopedRelatedFilter
from backoffice.audit.timeline import versions_of
from backoffice.stepup import same_person
from refunds.admin.desk_pages import actor_of, code, shown, state_pill, way_label
from refunds.admin.money.batch_build import BUILD, BuildPage
from refunds.admin.money.batch_files import FilesOfBatch, files_context
from refunds.admin.money.batch_rows import RowsPage, changeable
from refunds.admin.money.batch_steps import StepPages, offered
from refunds.batches import approvals
from refunds.models import RefundBatch
from refunds.payouts.queueing import to_queue_again

State = RefundBatch.State
ROWS = 100  # payouts shown on the batch's page; the list shows them all


@admin.register(RefundBatch)
class RefundBatchAdmin(BuildPage, RowsPage, StepPages, FilesOfBatch):
    """Newest first; there is no form, only what each role may do."""

    list_display = (
        "code",
        "pill",
        "store",
        "shown_way",
        "count",
        "amount",
        "built",
        "checker",
    )
    list_filter: ClassVar = ["state", "method", ("store", ScopedRelatedFilter)]
    list_select_related = ("store", "maker", "checker", "gateway")
    search_fields = ("^number",)
    search_help_text = _("The batch's number, from its beginning.")
    list_before_template = "refunds/batch_tools.html"
    row_template = "refunds/batch.html"

    @display(description=_("number"), ordering="number")
    def code(self, batch: RefundBatch) -> SafeString:
        """The number, on one line."""
        return code(batch.number)

    @display(description=_("state"), ordering="state")
    def pill(self, batch: RefundBatch) -> SafeString:
        """The state, as a word in a colour."""
        return state_pill(batch)

    @display(description=pgettext_lazy("payout", "method"), ordering="method")
    def shown_way(self, batch: RefundBatch) -> str:
        """How it goes: the original route by its channel."""
        return way_label(batch)

    @display(description=_("control total"), ordering="total")
    def amount(self, batch: RefundBatch) -> str:
        """The control total with its currency."""
        return money.show(batch.total, batch.currency)

    @display(description=_("built by"), ordering="built_at")
    def built(self, batch: RefundBatch) -> SafeString:
        """Who built it, and when."""
        return format_html(
            '{}<br><span class="desk-muted desk-code">{}</span>',
            batch.maker,
            date_format(localtime(batch.built_at), "SHORT_DATETIME_FORMAT"),
        )

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The list, with the way to a new batch for those who may build one."""
        return super().changelist_view(
            request, {"may_build": request.user.has_perm(BUILD), **(extra_context or {})}
        )

    def row_context(self, request: HttpRequest, batch: RefundBatch) -> dict[str, Any]:
        """Facts, signatures, payouts, history, and what this person may do."""
        user, waits = actor_of(request).user, batch.state == State.SEALED
        payouts = batch.payouts.select_related("case__order").order_by("queued_at", "pk")
        return {
            "batch": batch,
            "total": money.show(batch.total, batch.currency),
            "pill": state_pill(batch),
            "way": way_label(batch),
            "rows": shown(payouts[:ROWS], user),
            "more": max(0, batch.count - ROWS),
            "failed": to_queue_again(payouts).count(),
            "own_batch": waits and same_person(batch.maker, user),
            "steps": offered(batch, user),
            "changes": changeable(batch, user),
            "entries": versions_of(batch),
            **self._signatures(batch),
            **files_context(batch, user),
        }

    def _signatures(self, batch: RefundBatch) -> dict[str, Any]:
        """Who signed, what is still missing, and what does not hold any more."""
        signed = approvals.live(batch)
        waits = batch.state in (State.DRAFT, State.SEALED)
        missing = approvals.needed(batch) - len(signed) if waits and batch.count else 0
        return {
            "signed": signed,
            "missing": max(0, missing),
            "voided": batch.approvals.filter(voided_at__isnull=False).select_related("checker"),
        }

    def get_urls(self) -> list[Any]:
        """Building, releasing, voiding, handing out and answering, before Django's own pages."""
        wrap, name = self.admin_site.admin_view, "refunds_refundbatch"
        return [
            path("<int:batch_id>/rows/", wrap(self.rows_view), name=f"{name}_rows"),
            path("build/", wrap(self.build_view), name=f"{name}_build"),
            *self.step_urls(wrap),
            *self.file_urls(wrap),
            *super().get_urls(),
        ]
