"""The bank's result files: how far they are, what they would do, what is wrong with them."""

from decimal import Decimal
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from backoffice import money
from backoffice.admin.guarded import ScopedRelatedFilter
from backoffice.audit.timeline import versions_of
from backoffice.bulk.jobs import key_of
from backoffice.bulk.progress import progress_of
from backoffice.exceptions import BackofficeError, NotFound
from refunds.admin.desk_pages import DeskAdmin, actor_of, state_pill
from refunds.models import ResultImport
from refunds.results import PERMISSION, cancel_result, confirm_result

State = ResultImport.State
PARTS = (
    ("settled", _("Settled"), "ok"),
    ("failed", _("Failed"), "danger"),
    ("pending", _("No answer yet"), ""),
    ("missing", _("Not in the file"), "warning"),
)


@admin.register(ResultImport)
class ResultImportAdmin(DeskAdmin):
    """Newest first; a file is brought on its batch's page."""

    list_display = (
        "file_name",
        "pill",
        "batch",
        "rows",
        "uploaded_by",
        "uploaded_at",
        "applied_at",
    )
    list_filter: ClassVar = ["state", ("batch__store", ScopedRelatedFilter)]
    list_select_related = ("batch", "uploaded_by")
    search_fields = ("^file_name", "^batch__number")
    search_help_text = _("The file's name or the batch's number, from its beginning.")
    row_template = "refunds/result.html"

    @display(description=_("state"), ordering="state")
    def pill(self, run: ResultImport) -> SafeString:
        """The state, as a word in a colour."""
        return state_pill(run)

    @display(description=_("rows"))
    def rows(self, run: ResultImport) -> str:
        """How many rows the file has, once it was read."""
        return str(run.counts.get("rows", "–"))

    def row_context(self, request: HttpRequest, run: ResultImport) -> dict[str, Any]:
        """Preview, problems, history, and what this person may do."""
        problems = list(run.problems.all())
        may = request.user.has_perm(PERMISSION, run)
        return {
            "run": run,
            "pill": state_pill(run),
            "waiting": run.state in ResultImport.WAITING,
            "progress": progress_of(key_of(run)),
            "parts": list(_parts(run)),
            "first": run.counts.get("first", []),
            "problems": problems,
            "may_apply": may and run.state == State.CHECKED,
            "may_cancel": may and run.state in (State.CHECKED, State.UPLOADED),
            "entries": versions_of(run),
        }

    def progress_view(self, request: HttpRequest, run_id: int) -> HttpResponse:
        """How far the file is, for the page that waits for it."""
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        run = self._run(request, run_id)
        now = progress_of(key_of(run))
        finished = run.state not in ResultImport.WAITING
        return JsonResponse(
            {"step": now.label, "done": now.done, "total": now.total, "finished": finished}
        )

    def apply_view(self, request: HttpRequest, run_id: int) -> HttpResponse:
        """Have the file applied. POST only."""
        return self._act(request, run_id, confirm_result, gettext("The file is being applied."))

    def cancel_view(self, request: HttpRequest, run_id: int) -> HttpResponse:
        """Drop the file. POST only."""
        return self._act(
            request, run_id, cancel_result, gettext("The file was dropped. Nothing was changed.")
        )

    def _act(self, request: HttpRequest, run_id: int, service: Any, done: str) -> HttpResponse:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        run = self._run(request, run_id)
        try:
            service(run_id=run.pk, actor=actor_of(request))
        except BackofficeError as refusal:
            return self.row_page(request, run, refusal.status, refusal=refusal)
        messages.info(request, done)
        return redirect("admin:refunds_resultimport_change", run.pk)

    def _run(self, request: HttpRequest, run_id: int) -> ResultImport:
        run = (
            self.get_queryset(request)
            .select_related("batch", "uploaded_by")
            .filter(pk=run_id)
            .first()
        )
        if run is None:
            raise NotFound
        return run

    def get_urls(self) -> list[Any]:
        """Progress, applying and dropping, before Django's own pages."""
        wrap, name = self.admin_site.admin_view, "refunds_resultimport"
        return [
            path("<int:run_id>/progress/", wrap(self.progress_view), name=f"{name}_progress"),
            path("<int:run_id>/apply/", wrap(self.apply_view), name=f"{name}_apply"),
            path("<int:run_id>/cancel/", wrap(self.cancel_view), name=f"{name}_cancel"),
            *super().get_urls(),
        ]


def _parts(run: ResultImport) -> Any:
    """Count and total per kind of answer, once the file was checked."""
    for name, label, tone in PARTS:
        if name in run.counts:
            total = money.show(Decimal(run.counts[f"{name}_total"]), run.counts["currency"])
            count = run.counts[name]
            yield {"label": label, "count": count, "total": total, "tone": tone if count else ""}
