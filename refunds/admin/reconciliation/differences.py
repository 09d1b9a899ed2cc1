"""Differences: the queues of what does not agree, and the page on which one is dealt with."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from backoffice import clock, money
from backoffice.admin.display import pill
from backoffice.admin.guarded import ScopedRelatedFilter
from backoffice.audit.timeline import versions_of
from refunds.admin.desk_pages import code
from refunds.admin.money.filters import RowFilter
from refunds.admin.money.forms import NoteForm, RequiredNoteForm
from refunds.admin.reconciliation.forms import AssignForm, ExplainForm
from refunds.admin.reconciliation.steps import Step, StepsAdmin
from refunds.models import Difference, LedgerEntry, ReconciliationDay
from refunds.reconciliation.handling import (
    ASSIGN,
    EXPLAIN,
    SIGN,
    assign,
    explain,
    objection,
    send_back,
    sign,
)

State = Difference.State
COLOURS = {
    State.OPEN: "warning",
    State.EXPLAINED: "waiting",
    State.SIGNED: "ok",
    State.RESOLVED: "retired",
}
STEPS = (
    Step(
        "assign",
        _("Assign"),
        _("A colleague of finance looks into it."),
        _("The difference is assigned."),
        ASSIGN,
        Difference.WAITING,
        lambda pk, actor, data: assign(difference_id=pk, actor=actor, **data),
        AssignForm,
    ),
    Step(
        "explain",
        _("Explain"),
        _("Say why it differs. Somebody else signs it off."),
        _("The difference is explained, and waits for another person's signature."),
        EXPLAIN,
        (State.OPEN,),
        lambda pk, actor, data: explain(difference_id=pk, actor=actor, **data),
        ExplainForm,
        "is-primary",
    ),
    Step(
        "sign",
        _("Sign off"),
        _("You agree to the explanation."),
        _("The difference is signed off."),
        SIGN,
        (State.EXPLAINED,),
        lambda pk, actor, data: sign(difference_id=pk, actor=actor, **data),
        NoteForm,
        "is-primary",
        objection,
    ),
    Step(
        "send_back",
        _("Send back"),
        _("You do not agree: it has to be explained again."),
        _("The difference was sent back to be explained again."),
        SIGN,
        (State.EXPLAINED,),
        lambda pk, actor, data: send_back(difference_id=pk, actor=actor, **data),
        RequiredNoteForm,
        "is-danger",
    ),
)


class WaitingFilter(admin.SimpleListFilter):
    """What is still to be dealt with, and what of it is one's own."""

    title = _("what waits")
    parameter_name = "waiting"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """All that waits, or what was given to this person."""
        return [("1", _("Everything that waits")), ("mine", _("Assigned to me"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        """Not explained or not signed yet."""
        if self.value() not in ("1", "mine"):
            return queryset
        waiting = queryset.filter(state__in=Difference.WAITING)
        return waiting.filter(assignee=request.user.pk) if self.value() == "mine" else waiting


class DayFilter(RowFilter):
    """One day; reached from its page."""

    title = _("day")
    parameter_name = "day"
    field = "day"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, str]]:
        """The latest days that the person sees."""
        days = ReconciliationDay.objects.visible_to(request.user).select_related("store")
        return [(day.pk, str(day)) for day in days[:20]]


@admin.register(Difference)
class DifferenceAdmin(StepsAdmin):
    """Newest first; each is dealt with on its own page."""

    list_display = (
        "subject", "kind_pill", "pill", "shown_day", "store", "ours", "theirs", "assignee", "age",
    )  # fmt: skip
    list_filter: ClassVar = [
        "kind",
        WaitingFilter,
        "state",
        ("store", ScopedRelatedFilter),
        DayFilter,
    ]
    list_select_related = ("payout", "line", "day", "store", "assignee")
    list_before_template = "refunds/reconciliation/tools.html"
    search_fields = ("^payout__number", "^line__number", "^line__bank_reference")
    search_help_text = _("The payout's number or the bank's reference, from its beginning.")
    row_template = "refunds/reconciliation/difference.html"
    steps: ClassVar[Any] = {step.name: step for step in STEPS}

    def get_queryset(self, request: HttpRequest) -> Any:
        """With all that the page shows."""
        return (
            super()
            .get_queryset(request)
            .select_related("payout", "line", "day__store", "store", "assignee")
        )

    @display(description=_("payout or line"))
    def subject(self, row: Difference) -> SafeString:
        """What it is about, on one line."""
        return code(subject_of(row))

    @display(description=_("kind"), ordering="kind")
    def kind_pill(self, row: Difference) -> SafeString:
        """The queue that it stands in."""
        return pill("plain", row.get_kind_display())

    @display(description=_("state"), ordering="state")
    def pill(self, row: Difference) -> SafeString:
        """The state, as a word in a colour."""
        return state_pill(row)

    @display(description=_("day"), ordering="day__day")
    def shown_day(self, row: Difference) -> Any:
        """The day that it counts on."""
        return date_format(row.day.day, "SHORT_DATE_FORMAT")

    @display(description=_("ours"))
    def ours(self, row: Difference) -> str:
        """What we have."""
        return sides_of(row)[0]

    @display(description=_("theirs"))
    def theirs(self, row: Difference) -> str:
        """What the bank has."""
        return sides_of(row)[1]

    @display(description=_("waits for"), ordering="opened_at")
    def age(self, row: Difference) -> str:
        """How long it has waited; nothing once it was dealt with."""
        return age_of(row)

    def row_context(self, request: HttpRequest, row: Difference) -> dict[str, Any]:
        """Both sides and the ledger, who said what, and what this person may do."""
        sees = request.user.has_perm
        movements = list(LedgerEntry.objects.filter(payout=row.payout_id)) if row.payout_id else []
        return {
            "difference": shown(row),
            "row": row,
            "movements": [(entry, money.show(entry.amount, entry.currency)) for entry in movements],
            "sees_payout": row.payout and sees("refunds.view_payout", row.payout),
            "sees_ledger": sees("refunds.view_ledgerentry", row),
            "offers": self.offers(request, row),
            "address": self.address,
            "entries": versions_of(row),
        }


def state_pill(row: Difference) -> SafeString:
    """A difference's state as a pill."""
    return pill(COLOURS[State(row.state)], row.get_state_display())


def subject_of(row: Difference) -> str:
    """The payout's number, or what the bank calls its line."""
    return str(row.payout or row.line or "") or "–"


def sides_of(row: Difference) -> tuple[str, str]:
    """Our amount and the bank's."""
    ours = money.show(row.payout.amount, row.payout.currency) if row.payout else "–"
    theirs = money.show(row.line.amount, row.line.currency) if row.line else "–"
    return ours, theirs


def age_of(row: Difference) -> str:
    """How long it has waited."""
    waits = row.state in Difference.WAITING
    return clock.spell(clock.now() - row.opened_at) if waits else ""


def shown(row: Difference) -> dict[str, Any]:
    """A difference as a line of a table."""
    ours, theirs = sides_of(row)
    return {
        "row": row,
        "subject": subject_of(row),
        "pill": state_pill(row),
        "ours": ours,
        "theirs": theirs,
        "age": age_of(row),
    }
