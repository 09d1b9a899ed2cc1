"""“Exports”: the files that a person asked for, how far each is, and the way to take it away."""

from typing import Any, ClassVar

from django.apps import apps
from django.contrib import admin, messages
from django.core.files.storage import default_storage
from django.http import (
    FileResponse,
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    JsonResponse,
)
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from unfold.decorators import display

from backoffice.actors import person
from backoffice.admin.display import pill
from backoffice.admin.guarded import GuardedAdmin
from backoffice.bulk.progress import progress_of
from backoffice.exceptions import BackofficeError
from backoffice.exporting import asking
from backoffice.exporting.models import ExportRun
from backoffice.exporting.running import key_of

TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "zip": "application/zip",
}


def may_export(user: Any) -> bool:
    """Whether the person may export any list at all."""
    return any(".export_" in code for code in user.get_all_permissions())


@admin.register(ExportRun)
class ExportRunAdmin(GuardedAdmin):
    """A person's own exports; auditors see whose there were, and take none of them away."""

    list_display = ("file_name", "state_pill", "list_name", "rows", "asked_by", "asked_at")
    list_filter: ClassVar = ["state", "format"]
    list_select_related = ("asked_by",)
    search_fields = ("^file_name",)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Who may export sees their own; who may see all exports sees them."""
        if request.user.has_perm("backoffice.view_exportrun"):
            return True
        mine = obj is None or obj.asked_by_id == request.user.pk
        return mine and may_export(request.user)

    @display(description=gettext_lazy("state"), ordering="state")
    def state_pill(self, run: ExportRun) -> SafeString:
        """The state, as a word in a colour."""
        return pill(run.state, run.get_state_display())

    @display(description=gettext_lazy("list"), ordering="list_of")
    def list_name(self, run: ExportRun) -> str:
        """What the rows are."""
        return str(apps.get_model(run.list_of)._meta.verbose_name_plural)

    def object_page(self, request: HttpRequest, obj: ExportRun) -> HttpResponse:
        """One export: how far it is, what it holds, and what can be done with it."""
        mine = obj.asked_by_id == request.user.pk
        context = {
            "run": obj,
            "state_label": obj.get_state_display(),
            "list_name": self.list_name(obj),
            "waiting": obj.state in ExportRun.WAITING,
            "kept": obj.state in ExportRun.KEPT,
            "mine": mine,
            "progress": progress_of(key_of(obj)),
            "urls": {
                page: self.address(page, obj.pk)
                for page in ("cancel", "progress", "download", "history")
            }
            | {"list": self.address("changelist")},
        }
        return self.page(request, "backoffice/export_run.html", obj.file_name, context)

    def address(self, page: str, *args: Any) -> str:
        """The address of one of the pages."""
        return reverse(f"admin:backoffice_exportrun_{page}", args=args)

    def get_urls(self) -> list[Any]:
        """What is done with an export, before Django's own pages."""
        wrap, name = self.admin_site.admin_view, "backoffice_exportrun"
        return [
            path(
                "<int:pk>/progress/", wrap(never_cache(self.progress_view)), name=f"{name}_progress"
            ),
            path("<int:pk>/cancel/", wrap(self.cancel_view), name=f"{name}_cancel"),
            path("<int:pk>/download/", wrap(self.download_view), name=f"{name}_download"),
            *super().get_urls(),
        ]

    def progress_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """How far the export is, for the page's script."""
        run = self.require(request, str(pk))
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        progress = progress_of(key_of(run))
        finished = run.state not in ExportRun.WAITING
        return JsonResponse(progress.told(run.get_state_display(), finished=finished))

    def cancel_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Call an export off, or throw its file away (POST)."""
        run = self.require(request, str(pk))
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        try:
            asking.cancel(run, actor=person(request.user))
        except BackofficeError as refusal:
            return self._refused(request, run, refusal)
        messages.success(request, _("The export was called off, and no file of it is kept."))
        return redirect(self.address("change", run.pk))

    def download_view(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """Hand the file out, and put it on record (POST)."""
        run = self.require(request, str(pk))
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        try:
            taken = asking.take(run, actor=person(request.user))
        except BackofficeError as refusal:
            return self._refused(request, run, refusal)
        file = default_storage.open(str(taken.file.name), "rb")
        response = FileResponse(file, as_attachment=True, filename=taken.file_name)
        response["Content-Type"] = TYPES[taken.format]
        response["Cache-Control"] = "private, no-store"
        return response

    def _refused(
        self, request: HttpRequest, run: ExportRun, refusal: BackofficeError
    ) -> HttpResponse:
        """404 and 403 are said as everywhere; anything else on the export's page."""
        if refusal.status in (403, 404):
            raise refusal
        messages.error(request, str(refusal))
        return redirect(self.address("change", run.pk))
