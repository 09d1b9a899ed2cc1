"""Files of refund requests: uploaded, checked, confirmed, applied."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.urls import path
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice import money
from backoffice.admin.guarded import ScopedRelatedFilter
from backoffice.bulk.pages import FileRunAdmin, UploadForm
from backoffice.exceptions import NotAllowed
from refunds.forms.requests import RequestUploadForm
from refunds.models import Kind, Reason, RequestImport
from refunds.requests.columns import COLUMNS
from refunds.requests.template import template

FIGURES = (
    (gettext_lazy("Rows in the file"), "rows"),
    (gettext_lazy("Rows used"), "used"),
    (gettext_lazy("Rows unchanged"), "unchanged"),
    (gettext_lazy("Rows left out"), "problems"),
)


@admin.register(RequestImport)
class RequestImportAdmin(FileRunAdmin):
    """Files of requests of the person's stores."""

    upload_permission = "refunds.import_requests"
    upload_form: ClassVar[type[UploadForm]] = RequestUploadForm
    upload_template = "refunds/requests/upload.html"
    run_template = "refunds/requests/run.html"
    upload_title = gettext_lazy("Import refund requests")
    list_display = ("file_name", "state_pill", "store", "uploaded_by", "uploaded_at")
    list_filter: ClassVar = ["state", ("store", ScopedRelatedFilter)]
    list_select_related = ("store", "uploaded_by")

    def get_urls(self) -> list[Any]:
        """The template, before the pages that every file has."""
        view = self.admin_site.admin_view(self.template_view)
        return [
            path("template.csv", view, name="refunds_requestimport_template"),
            *super().get_urls(),
        ]

    def template_view(self, request: HttpRequest) -> HttpResponse:
        """An empty file to fill in."""
        if not request.user.has_perm(self.upload_permission):
            raise NotAllowed
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        response = HttpResponse(template(), content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = 'attachment; filename="refund-requests.csv"'
        return response

    def upload_context(self, request: HttpRequest) -> dict[str, Any]:
        """With the columns that a file has, and the template."""
        return {"columns": COLUMNS.values(), "template_url": self.address("template")}

    def run_context(self, request: HttpRequest, run: RequestImport) -> dict[str, Any]:
        """With the figures, the totals by kind and reason, and the first requests."""
        counts = run.counts
        reasons = {reason.code: str(reason) for reason in Reason.objects.all()}
        return {
            **super().run_context(request, run),
            "figures": [(label, counts[name]) for label, name in FIGURES if name in counts],
            "totals": list(_totals(counts.get("totals", []), reasons)),
            "preview": [_shown(case, reasons) for case in counts.get("preview", [])],
        }


def _totals(rows: list[list[Any]], reasons: dict[str, str]) -> Iterator[dict[str, Any]]:
    """How many cases of each kind and reason there are, and what they ask for in all."""
    for kind, reason, currency, count, total in rows:
        yield {
            "kind": Kind(kind).label,
            "reason": reasons.get(reason, reason),
            "count": count,
            "total": money.show(Decimal(total), currency),
        }


def _shown(case: dict[str, Any], reasons: dict[str, str]) -> dict[str, Any]:
    """A request of the preview as a person reads it."""
    return {
        **case,
        "kind": Kind(case["kind"]).label,
        "reason": reasons.get(case["reason"], case["reason"]),
        "articles": case["articles"] or _("freight"),
        "total": money.show(Decimal(case["total"]), case["currency"]),
        "asked_at": parse_datetime(case["asked_at"]) if case["asked_at"] else None,
    }
