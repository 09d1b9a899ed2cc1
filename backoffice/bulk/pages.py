"""The pages of uploaded files: the list, the upload, and a run with its progress and its problems."""

import csv
from collections.abc import Iterable, Iterator
from typing import Any, ClassVar, cast

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    JsonResponse,
    StreamingHttpResponse,
)
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import translation
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from unfold.decorators import display

from backoffice.actors import person
from backoffice.admin.guarded import GuardedAdmin
from backoffice.bulk.cells import safe_row
from backoffice.bulk.jobs import key_of, state_label
from backoffice.bulk.models import FileRun
from backoffice.bulk.progress import progress_of
from backoffice.bulk.runs import bring, cancel, confirm, may_apply
from backoffice.exceptions import BackofficeError, NotAllowed
from backoffice.models import User
from backoffice.privacy.reading import current_look

PROBLEMS_PER_PAGE = 100
BOM = "\ufeff"  # tells a spreadsheet that the CSV is UTF-8


class UploadForm(forms.Form):
    """A file and what it belongs to; a subclass adds those fields and limits their choices."""

    file = forms.FileField(label=gettext_lazy("File"), allow_empty_file=True)

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def owner(self) -> dict[str, Any]:
        """The run's fields that say what the file belongs to."""
        return {name: value for name, value in self.cleaned_data.items() if name != "file"}


class FileRunAdmin(GuardedAdmin):
    """Runs of one kind, for those who may see them; the permission to upload is checked per row."""

    upload_permission: ClassVar[str]
    upload_form: ClassVar[type[UploadForm]]
    upload_template = "backoffice/upload.html"
    run_template: ClassVar[str] = "backoffice/run.html"
    upload_title: ClassVar[Any] = gettext_lazy("Upload a file")
    list_display: ClassVar[Any] = ("file_name", "state_pill", "uploaded_by", "uploaded_at")
    list_before_template = "backoffice/upload_link.html"
    search_fields: ClassVar[Any] = ("^file_name",)

    @display(description=gettext_lazy("state"), ordering="state")
    def state_pill(self, run: FileRun) -> SafeString:
        """The state, as a word in a colour."""
        return format_html('<span class="desk-pill is-{}">{}</span>', run.state, state_label(run))

    def get_urls(self) -> list[Any]:
        """The upload, and what is done with a run."""
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        wrap = self.admin_site.admin_view
        own = [
            path("upload/", wrap(self.upload_view), name=f"{name}_upload"),
            path("<int:pk>/confirm/", wrap(self.confirm_view), name=f"{name}_confirm"),
            path("<int:pk>/cancel/", wrap(self.cancel_view), name=f"{name}_cancel"),
            path(
                "<int:pk>/progress/", wrap(never_cache(self.progress_view)), name=f"{name}_progress"
            ),
            path("<int:pk>/problems.csv", wrap(self.problems_view), name=f"{name}_problems"),
        ]
        return own + super().get_urls()

    def address(self, page: str, *args: Any) -> str:
        """The address of one of the pages."""
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_{page}", args=args)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The list, with a way to the upload for those who may."""
        may = request.user.has_perm(self.upload_permission)
        context = {
            "upload_url": self.address("upload") if may else "",
            "upload_title": self.upload_title,
        }
        return super().changelist_view(request, {**context, **(extra_context or {})})

    def upload_view(self, request: HttpRequest) -> HttpResponse:
        """Bring a file: the form, and what it was refused for."""
        if not request.user.has_perm(self.upload_permission):
            raise NotAllowed
        if request.method not in ("GET", "HEAD", "POST"):
            return HttpResponseNotAllowed(["GET", "HEAD", "POST"])
        posted = request.method == "POST"
        form = self.upload_form(
            request.POST if posted else None,
            request.FILES if posted else None,
            user=request.user,
            initial=request.GET.dict(),
        )
        if posted and form.is_valid():
            try:
                run = self.bring(request, form)
            except BackofficeError as error:
                form.add_error("file", str(error))
            else:
                return redirect(self.address("change", run.pk))
        context = {
            **self.admin_site.each_context(request),
            "title": self.upload_title,
            "opts": self.opts,
            "form": form,
            "back": self.address("changelist"),
            **self.upload_context(request),
        }
        return TemplateResponse(
            request, self.upload_template, context, status=400 if posted else 200
        )

    def upload_context(self, request: HttpRequest) -> dict[str, Any]:
        """What the upload page shows beside its form; a subclass adds its own."""
        return {}

    def bring(self, request: HttpRequest, form: UploadForm) -> FileRun:
        """Keep the file that a valid ``form`` brought."""
        upload = form.cleaned_data["file"]
        return bring(
            self.model,
            file=upload,
            name=upload.name,
            actor=person(cast(User, request.user)),
            **form.owner(),
        )

    def object_page(self, request: HttpRequest, obj: Any) -> HttpResponse:
        """One run: how far it is, what it found, what applying it will do."""
        context = self.run_context(request, obj)
        return self.page(request, self.run_template, obj.file_name, context)

    def run_context(self, request: HttpRequest, run: Any) -> dict[str, Any]:
        """What the run's page shows; a subclass adds its own."""
        problems = Paginator(run.problems.all(), PROBLEMS_PER_PAGE)
        _note_problems(run)
        return {
            "run": run,
            "problems": problems.get_page(request.GET.get("p")),
            "waiting": run.state in FileRun.WAITING,
            "progress": progress_of(key_of(run)),
            "state_label": state_label(run),
            "may_upload": request.user.has_perm(self.upload_permission, run),
            "may_apply": run.state == FileRun.State.CHECKED and may_apply(run, request.user),
            "urls": {
                page: self.address(page, run.pk)
                for page in ("confirm", "cancel", "progress", "problems")
            }
            | {"list": self.address("changelist"), "history": self.address("history", run.pk)},
        }

    def confirm_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Have a checked run applied (POST)."""
        return self.decide(request, pk, confirm, _("The file is being applied."))

    def cancel_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Drop a run that was not applied (POST)."""
        return self.decide(request, pk, cancel, _("The file was dropped. Nothing was written."))

    def decide(self, request: HttpRequest, pk: int, act: Any, done: str) -> HttpResponse:
        """Do ``act`` to a run (POST), say so, or why not, and show the run again."""
        run = self.require(request, str(pk))
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not request.user.has_perm(self.upload_permission, run):
            raise NotAllowed
        try:
            act(run, actor=person(cast(User, request.user)))
        except BackofficeError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, done)
        return redirect(self.address("change", run.pk))

    def progress_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """How far the run is, for the page's script."""
        run = self.require(request, str(pk))
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        progress = progress_of(key_of(run))
        finished = run.state not in FileRun.WAITING
        return JsonResponse(progress.told(state_label(run), finished=finished))

    def problems_view(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """Every problem of the run as CSV, safe for a spreadsheet, in the reader's language."""
        run = self.require(request, str(pk))
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        _note_problems(run)
        rows = run.problems.values_list("row", "field", "message")
        header = [_("Row"), _("Field"), _("Problem")]
        response = StreamingHttpResponse(
            _csv(header, _in_language(get_language(), rows.iterator())),
            content_type="text/csv; charset=utf-8",
        )
        response["Content-Disposition"] = f'attachment; filename="problems-{run.pk}.csv"'
        return response


def _note_problems(run: Any) -> None:
    """Put on record that somebody is shown the values which could not be used, as the file has them."""
    look = current_look()
    if look is not None and run.problems.exists():
        look.note(f"{run._meta.label_lower} {run.pk} problems")


class _Echo:
    """A file that gives back what is written to it."""

    def write(self, text: str) -> str:
        return text


def _in_language(language: str | None, rows: Iterator[Any]) -> Iterator[Any]:
    """Each row read in ``language``: a response is sent when its request is over."""
    while True:
        with translation.override(language):
            row = next(rows, None)
        if row is None:
            return
        yield row


def _csv(header: Iterable[str], rows: Iterable[Iterable[Any]]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield BOM + writer.writerow(safe_row(header))
    for row in rows:
        yield writer.writerow(safe_row(row))


__all__ = ["FileRunAdmin", "UploadForm"]
