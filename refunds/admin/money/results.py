"""The bank's result files: brought, checked, looked at, applied – or quarantined, and dismissed."""

from collections.abc import Iterator
from decimal import Decimal
from functools import partial
from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from backoffice import money
from backoffice.actors import Actor
from backoffice.admin.guarded import ScopedRelatedFilter
from backoffice.audit.timeline import versions_of
from backoffice.bulk.pages import FileRunAdmin, UploadForm
from refunds.admin.desk_pages import actor_of
from refunds.admin.money.result_forms import ResultUploadForm
from refunds.models import ResultImport, ResultRow
from refunds.results import (
    PERMISSION,
    bring_result,
    cancel_result,
    confirm_result,
    dismiss_result,
)

State, Status = ResultImport.State, ResultRow.Status
TONES = {
    Status.SETTLED: "ok",
    Status.FAILED: "danger",
    Status.PENDING: "",
    Status.MISSING: "warning",
}


@admin.register(ResultImport)
class ResultImportAdmin(FileRunAdmin):
    """Newest first; a file is brought here for a store's batches, or on the page of one batch."""

    upload_permission = PERMISSION
    upload_form = ResultUploadForm
    upload_template = "refunds/result_upload.html"
    upload_title = _("Bring a bank result")
    run_template = "refunds/result.html"
    list_display = (
        "file_name",
        "state_pill",
        "store",
        "batch",
        "rows",
        "uploaded_by",
        "uploaded_at",
        "applied_at",
    )
    list_filter: ClassVar = ["state", ("store", ScopedRelatedFilter)]
    list_select_related = ("store", "batch", "uploaded_by")
    search_fields = ("^file_name", "^batch__number")
    search_help_text = _("The file's name or the batch's number, from its beginning.")

    @display(description=_("rows"))
    def rows(self, run: ResultImport) -> str:
        """How many rows the file has, once it was read."""
        return str(run.counts.get("rows", "–"))

    def bring(self, request: HttpRequest, form: UploadForm) -> ResultImport:
        """Keep the file for the store that was chosen."""
        file, data = form.cleaned_data["file"], form.cleaned_data
        return bring_result(
            store_id=data["store"].pk,
            final=data["final"],
            file=file,
            name=file.name,
            actor=actor_of(request),
        )

    def run_context(self, request: HttpRequest, run: ResultImport) -> dict[str, Any]:
        """Figures, the first rows, history, and what this person may do."""
        context = super().run_context(request, run)
        decided = run.state not in (State.UPLOADED, State.CHECKED)
        return {
            **context,
            "parts": list(_parts(run)),
            "first": run.counts.get("first", []),
            "final": run.final or (not decided and run.counts.get("final", False)),
            "may_apply": context["may_upload"] and context["may_apply"],
            "may_drop": context["may_upload"]
            and run.state in (*ResultImport.WAITING, State.CHECKED),
            "may_dismiss": context["may_upload"] and run.state == State.QUARANTINED,
            "entries": versions_of(run),
            "urls": {**context["urls"], "dismiss": self.address("dismiss", run.pk)},
        }

    def confirm_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Have the file applied, and say whether it is the bank's last word. POST only."""
        act = partial(_confirm, final=bool(request.POST.get("final")))
        return self.decide(request, pk, act, gettext("The file is being applied."))

    def cancel_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Drop the file. POST only."""
        return self.decide(
            request, pk, _cancel, gettext("The file was dropped. Nothing was changed.")
        )

    def dismiss_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Close a quarantined file, with a reason. POST only."""
        act = partial(_dismiss, note=request.POST.get("note", ""))
        return self.decide(
            request, pk, act, gettext("The file was dismissed. Nothing was changed.")
        )

    def get_urls(self) -> list[Any]:
        """Dismissing, before the pages that every file has."""
        view = self.admin_site.admin_view(self.dismiss_view)
        name = "refunds_resultimport_dismiss"
        return [path("<int:pk>/dismiss/", view, name=name), *super().get_urls()]


def _confirm(run: ResultImport, *, actor: Actor, final: bool) -> ResultImport:
    return confirm_result(run_id=run.pk, actor=actor, final=final)


def _cancel(run: ResultImport, *, actor: Actor) -> ResultImport:
    return cancel_result(run_id=run.pk, actor=actor)


def _dismiss(run: ResultImport, *, actor: Actor, note: str) -> ResultImport:
    return dismiss_result(run_id=run.pk, actor=actor, note=note)


def _parts(run: ResultImport) -> Iterator[dict[str, Any]]:
    """Count and total per kind of answer, once the file was checked."""
    for status in Status:
        if status in run.counts:
            count = run.counts[status]
            total = Decimal(run.counts[f"{status}_total"])
            yield {
                "label": status.label,
                "count": count,
                "total": money.show(total, run.counts["currency"]) if count else "–",
                "tone": TONES[status] if count else "",
            }
