"""Complaints: the list by what is due, and a page each that leads to the case where they are handled."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from backoffice.admin.display import countdown, pill
from backoffice.admin.guarded import GuardedAdmin, ScopedRelatedFilter
from refunds.complaints import clocks
from refunds.models import Complaint
from refunds.quarantine import ATTEMPTS

TONES = {
    Complaint.State.FILED: "requested",
    Complaint.State.ACKNOWLEDGED: "waiting",
    Complaint.State.ANSWERED: "info",
    Complaint.State.RESOLVED: "ok",
    Complaint.State.WITHDRAWN: "withdrawn",
}


class OpenFilter(admin.SimpleListFilter):
    """What is open, what was escalated, what the timer gave up, what is over."""

    title = _("complaint")
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """The four of them."""
        return [
            ("open", _("Open")),
            ("escalated", _("Escalated")),
            ("failed", _("Given up by the timer")),
            ("over", _("Over")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        """The chosen complaints; an unknown choice is ignored."""
        chosen = {
            "open": queryset.filter(closed_at=None),
            "escalated": queryset.filter(closed_at=None, missed__gt=0),
            "failed": queryset.filter(failures__gte=ATTEMPTS),
            "over": queryset.exclude(closed_at=None),
        }
        return chosen.get(self.value() or "", queryset)


@admin.register(Complaint)
class ComplaintAdmin(GuardedAdmin):
    """Complaints due next come first; they are handled on their case's page."""

    list_display = (
        "number_and_buyer",
        "shown_words",
        "state_pill",
        "due",
        "shown_case",
        "shown_store",
    )
    list_display_links = ("number_and_buyer",)
    list_filter: ClassVar = [OpenFilter, "outcome", ("case__store", ScopedRelatedFilter)]
    list_select_related = ("case__store", "case__order__buyer")
    search_fields = ("^number", "^case__number", "^case__order__number")
    change_form_outer_before_template = "refunds/complaint_links.html"
    fields = (
        "number", "case", "state", "words", "filed_at", "acknowledge_by", "acknowledged_at",
        "answer_by", "answered_at", "answer", "resolve_by", "outcome", "resolution", "closed_at",
        "missed", "escalated_at", "paused",
    )  # fmt: skip

    def get_ordering(self, request: HttpRequest) -> list[Any]:
        """What is due first on top, what is over at the end."""
        return [F("due_at").asc(nulls_last=True), "-pk"]

    @display(description=_("complaint"), ordering="number")
    def number_and_buyer(self, complaint: Complaint) -> SafeString:
        """The number, and who complains."""
        return format_html(
            '<strong class="desk-code">{}</strong><br><span class="desk-muted">{}</span>',
            complaint.number,
            complaint.case.order.buyer or "–",
        )

    @display(description=_("in the buyer's words"))
    def shown_words(self, complaint: Complaint) -> str:
        """How it begins."""
        words = str(complaint.words)
        return words if len(words) <= 60 else f"{words[:59]}…"

    @display(description=_("state"), ordering="state")
    def state_pill(self, complaint: Complaint) -> SafeString:
        """The state, and whether it was escalated."""
        shown = pill(TONES[Complaint.State(complaint.state)], complaint.get_state_display())
        if complaint.missed and complaint.closed_at is None:
            return format_html("{} {}", shown, pill("error", _("escalated")))
        return shown

    @display(description=_("due"), ordering="due_at")
    def due(self, complaint: Complaint) -> SafeString | str:
        """How long is left, and for what."""
        if complaint.due_at is None:
            return "–"
        what = clocks.waits_for(complaint)
        return format_html(
            '{}<br><span class="desk-muted">{}</span>', countdown(complaint.due_at), what
        )

    @display(description=_("case"), ordering="case__number")
    def shown_case(self, complaint: Complaint) -> SafeString:
        """The way to where it is handled."""
        return format_html(
            '<a class="desk-link" href="{}#complaint">{}</a>',
            reverse("admin:refunds_refundcase_change", args=[complaint.case_id]),
            complaint.case.number,
        )

    @display(description=_("store"))
    def shown_store(self, complaint: Complaint) -> str:
        """Whose it is."""
        return str(complaint.case.store)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """The complaint's page, with the way to its case."""
        complaint = self.get_object(request, object_id)
        url = complaint and reverse("admin:refunds_refundcase_change", args=[complaint.case_id])
        context = {"case_url": url, **(extra_context or {})}
        return super().change_view(request, object_id, form_url, context)
