"""Reconciliation: the board of all days, and a day's page with its three sides."""

from decimal import Decimal
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Count
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.urls import path
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from backoffice import money
from backoffice.actors import Actor
from backoffice.admin.display import pill
from backoffice.admin.guarded import ScopedRelatedFilter
from backoffice.audit.timeline import versions_of
from backoffice.exceptions import NotAllowed
from refunds.admin.money.forms import NoteForm, RequiredNoteForm
from refunds.admin.reconciliation.board import Waiting, board, standing
from refunds.admin.reconciliation.close_many import CloseManyPages, QuietFilter
from refunds.admin.reconciliation.differences import shown
from refunds.admin.reconciliation.steps import Step
from refunds.models import ReconciliationDay, StatementImport
from refunds.reconciliation.closing import CLOSE, REOPEN, close, hindrance, own_report, reopen
from refunds.reconciliation.figures import figures
from refunds.reconciliation.handling import is_same_person
from refunds.reconciliation.matching import match
from refunds.reconciliation.statements import LOAD

SEE = "refunds.view_reconciliationday"
ROWS = 100  # differences on the day's page; the list has them all
State = ReconciliationDay.State


def _may_not_close(day: ReconciliationDay, actor: Actor) -> str:
    return hindrance(day) or own_report(day, actor)


def _may_not_reopen(day: ReconciliationDay, actor: Actor) -> str:
    return gettext("You closed it.") if is_same_person(actor.user, day.closed_by) else ""


STEPS = (
    Step(
        "match",
        _("Compare again"),
        _("Ledger, bank and payouts are held against each other once more."),
        _("Everything was held against each other again."),
        LOAD,
        (State.OPEN,),
        lambda pk, actor, _data: match(day_id=pk, actor=actor),
        Form,
    ),
    Step(
        "close",
        _("Close the day"),
        _("You agree that nothing of this day is open. What comes late counts on a later day."),
        _("The day is closed."),
        CLOSE,
        (State.OPEN,),
        lambda pk, actor, data: close(day_id=pk, actor=actor, **data),
        NoteForm,
        "is-primary",
        _may_not_close,
    ),
    Step(
        "reopen",
        _("Open it again"),
        _("The day is looked at again, and somebody has to close it once more."),
        _("The day is open again."),
        REOPEN,
        (State.CLOSED,),
        lambda pk, actor, data: reopen(day_id=pk, actor=actor, **data),
        RequiredNoteForm,
        "is-danger",
        _may_not_reopen,
    ),
)


@admin.register(ReconciliationDay)
class ReconciliationDayAdmin(CloseManyPages):
    """Newest first; what may be done to a day is a step, never a form."""

    list_display = ("day", "pill", "store", "account", "currency", "reported_at", "closed_by")
    actions: ClassVar = ["close_chosen"]
    list_filter: ClassVar = [QuietFilter, "state", ("store", ScopedRelatedFilter)]
    list_select_related = ("store", "closed_by")
    list_before_template = "refunds/reconciliation/tools.html"
    row_template = "refunds/reconciliation/day.html"
    steps: ClassVar[Any] = {step.name: step for step in STEPS}

    def get_queryset(self, request: HttpRequest) -> Any:
        """With how many differences wait."""
        rows = super().get_queryset(request).select_related("store", "closed_by", "reopened_by")
        return rows.annotate(waiting=Count("differences", filter=Waiting))

    @display(description=_("state"), ordering="state")
    def pill(self, day: Any) -> SafeString:
        """Where it stands, as a word in a colour."""
        return pill(*standing(day, day.waiting))

    def board_view(self, request: HttpRequest) -> HttpResponse:
        """Every account's last two weeks."""
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        if not request.user.has_perm(SEE):
            raise NotAllowed
        context = {**board(request), "may_load": request.user.has_perm(LOAD)}
        return self.page(
            request, "refunds/reconciliation/board.html", gettext("Reconciliation"), context
        )

    def row_context(self, request: HttpRequest, day: Any) -> dict[str, Any]:
        """The three sides, what differs, the reports, and what this person may do."""
        differences = day.differences.select_related("payout", "line", "assignee", "late_for")
        runs = StatementImport.objects.filter(lines__day=day).distinct().order_by("-pk")
        return {
            "day": day,
            "pill": self.pill(day),
            "hindrance": hindrance(day) if day.state == State.OPEN else "",
            "sides": _sides(day),
            "differences": [shown(row) for row in differences.order_by("-state", "pk")[:ROWS]],
            "more": day.differences.count() > ROWS,
            "runs": runs.select_related("uploaded_by")[:20],
            "offers": self.offers(request, day),
            "address": self.address,
            "entries": versions_of(day),
        }

    def get_urls(self) -> list[Any]:
        """The board and the closing of many, before Django's own pages."""
        views = {"board": self.board_view, "close-many": self.close_many_view}
        own = [
            path(
                f"{name}/",
                self.admin_site.admin_view(view),
                name=f"refunds_reconciliationday_{name.replace('-', '_')}",
            )
            for name, view in views.items()
        ]
        return [*own, *super().get_urls()]


def _sides(day: ReconciliationDay) -> list[dict[str, Any]]:
    """Bank, payouts and ledger: what each says was paid and came back – of a closed day, as then."""
    found = day.figures or figures(day)
    labels = {"bank": gettext("Bank"), "payouts": gettext("Payouts"), "ledger": gettext("Ledger")}
    return [
        {"label": label, **{part: _amount(found, f"{name}_{part}", day) for part in PARTS}}
        for name, label in labels.items()
    ]


PARTS = ("paid", "returned")


def _amount(found: dict[str, Any], name: str, day: ReconciliationDay) -> dict[str, Any] | None:
    if name not in found:
        return None
    entry = found[name]
    return {"count": entry["count"], "total": money.show(Decimal(entry["total"]), day.currency)}
