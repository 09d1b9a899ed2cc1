"""Changing a draft: its maker takes payouts out, and puts waiting ones in."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from backoffice.exceptions import BackofficeError, NotAllowed
from backoffice.row_numbers import row_numbers
from refunds.admin.desk_pages import actor_of, shown
from refunds.admin.money.batch_build import BUILD, SHOWN
from refunds.admin.money.batch_pages import BatchPages
from refunds.batches import drafts
from refunds.batches.building import Lane, in_state, queued
from refunds.models import RefundBatch


class RowsPage(BatchPages):
    """The “Change the rows” page of a draft."""

    def rows_view(self, request: HttpRequest, batch_id: int) -> HttpResponse:
        """GET shows what is in and what waits; POST takes out, or puts in, what was ticked."""
        if request.method not in ("GET", "HEAD", "POST"):
            return HttpResponseNotAllowed(["GET", "HEAD", "POST"])
        batch = self.find(request, batch_id)
        if not request.user.has_perm(BUILD, batch):
            raise NotAllowed
        if request.method != "POST":
            in_state(batch, RefundBatch.State.DRAFT)
            return self._rows(request, batch)
        ticked = row_numbers(request.POST.getlist("payout"))
        change = drafts.add if "add" in request.POST else drafts.remove
        try:
            change(batch_id=batch.pk, payout_ids=ticked, actor=actor_of(request))
        except BackofficeError as refusal:
            return self._rows(request, batch, refusal=refusal, status=refusal.status)
        messages.success(request, _("The batch is changed. Seal it when it is complete."))
        return redirect("admin:refunds_refundbatch_rows", batch.pk)

    def _rows(
        self, request: HttpRequest, batch: RefundBatch, *, status: int = 200, **more: Any
    ) -> HttpResponse:
        lane = Lane(batch.store_id, batch.currency, batch.method, batch.channel)
        inside = batch.payouts.select_related("case__order").order_by("queued_at", "pk")
        waiting = queued(lane).select_related("case__order")
        context = {
            "batch": batch,
            "inside": shown(inside[:SHOWN], request.user),
            "waiting": shown(waiting[:SHOWN], request.user),
            **more,
        }
        return self.page(request, "refunds/batch_rows.html", batch.number, context, status)


def changeable(batch: RefundBatch, user: Any) -> bool:
    """Whether this person may change the rows now."""
    own = batch.maker_id == user.pk or batch.maker.is_system
    return batch.state == RefundBatch.State.DRAFT and own and user.has_perm(BUILD, batch)
