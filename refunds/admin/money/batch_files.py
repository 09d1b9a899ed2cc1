"""A batch's files: handed out for the bank, and what the bank answered, brought for it."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import path
from django.utils.translation import gettext as _

from backoffice.exceptions import BackofficeError, NotAllowed
from refunds.admin.desk_pages import actor_of, state_pill
from refunds.admin.money.batch_pages import BatchPages
from refunds.admin.money.result_forms import ResultForm
from refunds.batches import handed_out
from refunds.batches.files import export, file_name, parts
from refunds.models import BatchFile, Payout, RefundBatch
from refunds.results import PERMISSION as IMPORT
from refunds.results import bring_result

EXPORT = "refunds.export_refundbatch"
PART_DIGITS = 5
DOWNLOADS = 5  # latest ones shown; the timeline has them all
RESULTS = 20
TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "xml": "application/xml; charset=utf-8",
}


class FilesOfBatch(BatchPages):
    """Handing out, and bringing the bank's answer."""

    def export_view(self, request: HttpRequest, batch_id: int, file_format: str) -> HttpResponse:
        """A file of the batch. POST only: it changes the batch, and it is put on record."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        batch = self.find(request, batch_id)
        asked = request.POST.get("part", "1")
        part = int(asked) if asked.isdecimal() and len(asked) < PART_DIGITS else 0
        kept = export(
            batch_id=batch.pk, actor=actor_of(request), file_format=file_format, part=part
        )
        name = f"{file_name(batch, part)}.{file_format}"
        response = HttpResponse(handed_out.opened(kept), content_type=TYPES[file_format])
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        return response

    def result_view(self, request: HttpRequest, batch_id: int) -> HttpResponse:
        """Bring the bank's file for this batch. POST only."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        batch = self.find(request, batch_id)
        if not request.user.has_perm(IMPORT, batch):
            raise NotAllowed
        form = ResultForm(request.POST, request.FILES)
        if not form.is_valid():
            return self.row_page(request, batch, 400, result_form=form)
        file = form.cleaned_data["file"]
        try:
            run = bring_result(
                batch_id=batch.pk,
                final=form.cleaned_data["final"],
                file=file,
                name=file.name,
                actor=actor_of(request),
            )
        except BackofficeError as refusal:
            form.add_error("file", str(refusal))
            return self.row_page(request, batch, refusal.status, result_form=form)
        messages.info(request, _("The file is being checked. Nothing changes before you apply it."))
        return redirect("admin:refunds_resultimport_change", run.pk)

    def file_urls(self, wrap: Callable[..., Any]) -> list[Any]:
        """The files, before Django's own pages."""
        name = "refunds_refundbatch"
        handing_out = "<int:batch_id>/export/<slug:file_format>/"
        return [
            path(handing_out, wrap(self.export_view), name=f"{name}_export"),
            path("<int:batch_id>/result/", wrap(self.result_view), name=f"{name}_result"),
        ]


def files_context(batch: RefundBatch, user: Any) -> dict[str, Any]:
    """What was and can be handed out, what the bank answered, and whether this person may bring more.

    A batch that a gateway sends has no files, and one of store credit no bank.
    """
    in_file, sent = batch.gateway_id is None, batch.state in RefundBatch.OUT
    to_bank = in_file and sent and batch.method != Payout.Method.CREDIT
    released = sent or batch.state == RefundBatch.State.RELEASED
    downloads = batch.history.filter(action="download").order_by("-history_id")
    results = batch.results.select_related("uploaded_by")[:RESULTS]
    may_export, may_import = (user.has_perm(name, batch) for name in (EXPORT, IMPORT))
    offered = in_file and released and may_export
    payouts = batch.payouts.only("destination", "batch")
    return {
        "files": files_of(batch) if offered else [],
        "gone": handed_out.objection(batch, payouts) if offered else "",
        "downloads": downloads[:DOWNLOADS],
        "result_form": ResultForm() if to_bank and may_import else None,
        "results": [(run, state_pill(run)) for run in results],
    }


def files_of(batch: RefundBatch) -> list[tuple[str, str, int]]:
    """What can be downloaded: format, label, and part where there are several."""
    several, formats = parts(batch) > 1, dict(BatchFile.Format.choices)
    if batch.method != Payout.Method.BANK:
        del formats[BatchFile.Format.XML]
    return [
        (value, f"{label} {part}" if several else label, part)
        for value, label in formats.items()
        for part in range(1, parts(batch) + 1)
    ]
