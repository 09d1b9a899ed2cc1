"""Lists that people with the permission export, within their reach: the form, and what it asks for."""

from typing import Any, ClassVar

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from import_export.admin import ExportMixin
from import_export.formats.base_formats import CSV, XLSX
from unfold.contrib.import_export.forms import SelectableFieldsExportForm

from backoffice.actors import person
from backoffice.exceptions import BackofficeError, NotAllowed
from backoffice.exporting.asking import ask
from backoffice.exporting.columns import ListResource
from backoffice.exporting.tables import WRITERS


class ExportForm(SelectableFieldsExportForm):
    """Columns and format; a column is called what its heading is in the reader's language."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["format"].initial = "0"  # CSV

    def _get_field_label(self, resource: type[ListResource], field_name: str) -> str:
        return resource.fields[field_name].heading


class GuardedExport(ExportMixin):
    """Export of what the list shows, by filter and search, as a file that is made in the background.

    ``resource_classes`` holds the one ``ListResource`` that names the columns; ``writers`` what writes
    a file of each format.
    """

    formats = (CSV, XLSX)
    writers: ClassVar[dict[str, Any]] = WRITERS
    export_form_class = ExportForm
    export_template_name = "backoffice/export.html"

    def export_action(self, request: HttpRequest) -> HttpResponse:
        """GET asks which columns and which format; POST has the file made, and leads to its page."""
        if not self.has_export_permission(request):
            raise NotAllowed
        if request.method not in ("GET", "HEAD", "POST"):
            return HttpResponseNotAllowed(["GET", "HEAD", "POST"])
        form = self.get_export_form_class()(
            self.formats_for(request),
            self.get_export_resource_classes(request),
            data=request.POST or None,
        )
        rows = self.get_export_queryset(request)
        if request.method == "POST" and form.is_valid():
            try:
                return self._asked(request, form, rows.count())
            except BackofficeError as refusal:
                messages.error(request, str(refusal))
        context = {
            **self.init_request_context_data(request, form),
            "count": rows.count(),
            "export_url": request.get_full_path(),
        }
        status = 400 if request.method == "POST" else 200
        return TemplateResponse(request, self.export_template_name, context, status=status)

    def formats_for(self, request: HttpRequest) -> list[Any]:
        """The formats that the person may choose."""
        return list(self.get_export_formats())

    def _asked(self, request: HttpRequest, form: Any, expected: int) -> HttpResponse:
        chosen = self.formats_for(request)[int(form.cleaned_data["format"])]
        run = ask(
            list_of=self.model,
            query=request.GET.urlencode(),
            columns=form.get_selected_resource_export_fields(),
            file_format=chosen.__name__.lower(),
            actor=person(request.user),
            expected=expected,
        )
        return redirect("admin:backoffice_exportrun_change", run.pk)
