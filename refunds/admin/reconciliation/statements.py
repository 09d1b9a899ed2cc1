"""Statements: brought, checked, loaded, and what they led to."""

from decimal import Decimal
from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice import money
from backoffice.admin.guarded import ScopedRelatedFilter
from backoffice.bulk.pages import FileRunAdmin
from backoffice.bulk.runs import twin_of
from refunds.admin.reconciliation.forms import StatementForm
from refunds.models import ReconciliationDay, StatementImport
from refunds.reconciliation.statements import LOAD


@admin.register(StatementImport)
class StatementImportAdmin(FileRunAdmin):
    """Statements of the person's stores, newest first."""

    upload_permission = LOAD
    upload_form = StatementForm
    run_template = "refunds/reconciliation/statement.html"
    upload_title = gettext_lazy("Load a statement")
    list_display = ("file_name", "state_pill", "store", "account", "uploaded_by", "uploaded_at")
    list_filter: ClassVar = ["state", ("store", ScopedRelatedFilter)]
    list_select_related = ("store", "uploaded_by")

    def run_context(self, request: HttpRequest, run: StatementImport) -> dict[str, Any]:
        """With its figures, the days that it counts on, and an earlier load of the same file."""
        open_ = run.state in ("uploaded", "checked")
        days = ReconciliationDay.objects.filter(lines__run=run).distinct().select_related("store")
        return {
            **super().run_context(request, run),
            "parts": [_part(part) for part in run.counts.get("parts", [])],
            "days": days.order_by("day"),
            "twin": twin_of(run, store=run.store, account=run.account) if open_ else None,
        }


def _part(part: dict[str, Any]) -> dict[str, Any]:
    """Count and total of one direction and currency, as a person reads them."""
    direction, currency = part["name"].split()
    label = _("Out, %(currency)s") if direction == "out" else _("In, %(currency)s")
    return {
        "label": label % {"currency": currency},
        "count": part["count"],
        "total": money.show(Decimal(part["total"]), currency),
    }
