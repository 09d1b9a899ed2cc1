"""The case list and the case page: read, then act through the action table."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from backoffice import money
from backoffice.actors import person
from backoffice.admin.display import pill
from backoffice.admin.exports import GuardedExport
from backoffice.admin.guarded import ScopedRelatedFilter
from backoffice.admin.uncovering import Uncovering
from merchants.models import Store
from orders.naming import SearchByName
from refunds.admin.cases import life, page, proof, queues
from refunds.admin.cases.actions import ActPage
from refunds.admin.cases.approve_many import ApproveManyPages
from refunds.admin.cases.assign_many import AssignManyPages
from refunds.admin.cases.deadline import due_cell
from refunds.admin.cases.evidence import EvidenceFiles
from refunds.admin.cases.filters import DueFilter, HeldFilter, StateFilter
from refunds.admin.cases.opening import OpenCasePage
from refunds.admin.cases.proof import ProofFile
from refunds.desk.claiming import name_of
from refunds.desk.queues import RISK_RANK
from refunds.lists import RefundCaseListResource
from refunds.models import RefundCase, Risk


@admin.register(RefundCase)
class RefundCaseAdmin(
    ActPage,
    OpenCasePage,
    ApproveManyPages,
    AssignManyPages,
    EvidenceFiles,
    ProofFile,
    SearchByName,
    GuardedExport,
    Uncovering,
):
    """Cases due next come first; there is no form, only actions."""

    list_display = (
        "number_and_buyer",
        "kind_and_reason",
        "state_pill",
        "amount",
        "due",
        "risk_pill",
        "who",
        "store",
    )
    list_display_links = ("number_and_buyer",)
    actions = ("approve_chosen", "assign_chosen")
    list_filter: ClassVar = [
        queues.QueueFilter,
        StateFilter,
        DueFilter,
        HeldFilter,
        "kind",
        "stage",
        ("store", ScopedRelatedFilter),
    ]
    list_select_related = ("store", "order__buyer", "reason", "assignee")
    search_fields = ("^number", "^order__number", "^external_number")
    search_help_text = _(
        "Case, order or channel number from its beginning, or the buyer's name or a word of it."
    )
    buyer_path = "order__buyer"
    list_before_template = "refunds/case_tabs.html"
    list_fullwidth = True
    resource_classes = (RefundCaseListResource,)

    def get_list_display(self, request: HttpRequest) -> list[str]:
        """Without the store for those who see only one."""
        columns = super().get_list_display(request)
        several = Store.objects.visible_to(request.user).count() > 1
        return [name for name in columns if several or name != "store"]

    def get_ordering(self, request: HttpRequest) -> list[Any]:
        """As the chosen queue is worked through."""
        return queues.ordering(request)

    def get_export_queryset(self, request: HttpRequest) -> QuerySet:
        """The list's cases in the stores where the person may export."""
        return (
            super().get_export_queryset(request).within(request.user, "refunds.export_refundcase")
        )

    @display(description=_("case"), ordering="number")
    def number_and_buyer(self, case: RefundCase) -> SafeString:
        """The number, and who asks."""
        return format_html(
            '<strong class="desk-code">{}</strong><br><span class="desk-muted">{}</span>',
            case.number,
            case.order.buyer or "–",
        )

    @display(description=_("kind"), ordering="kind")
    def kind_and_reason(self, case: RefundCase) -> SafeString:
        """What is asked for, and why."""
        return format_html(
            '{}<br><span class="desk-muted">{}</span>', case.get_kind_display(), case.reason
        )

    @display(description=_("state"), ordering="state")
    def state_pill(self, case: RefundCase) -> SafeString:
        """The state, as a word in a colour."""
        return pill(case.state, case.get_state_display())

    @display(description=_("amount"), ordering="amount_requested")
    def amount(self, case: RefundCase) -> str:
        """What was approved, or requested while nothing is decided."""
        return money.show(case.ready_amount, case.currency)

    @display(description=_("due"), ordering="due_at")
    def due(self, case: RefundCase) -> SafeString | str:
        """How long is left and of which clock, or that a person has to decide."""
        return due_cell(case)

    @display(description=_("risk"), ordering=RISK_RANK)
    def risk_pill(self, case: RefundCase) -> SafeString | str:
        """How much care the buyer's record asks for, where it asks for any."""
        tone = {Risk.HIGH: "error", Risk.MEDIUM: "warning"}.get(Risk(case.risk))
        return pill(tone, case.get_risk_display()) if tone else "–"

    @display(description=_("assigned to"), ordering="assignee")
    def who(self, case: RefundCase) -> str:
        """Who works on it."""
        return name_of(case.assignee) if case.assignee else "–"

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The list, with a tab per queue and per state that says how many cases are in it."""
        tabs = queues.tabs(request, self.get_queryset(request), person(request.user).user)
        return super().changelist_view(request, {**tabs, **(extra_context or {})})

    def object_page(self, request: HttpRequest, obj: RefundCase) -> HttpResponse:
        """The case page: everything about it, and what this person may do."""
        context = {**page.context(request, obj), **self.uncovering(request, obj)}
        return self.framed(request, "refunds/case.html", obj, context)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        """The case's life as a timeline across its parts, beside the raw versions."""
        if request.method not in ("GET", "HEAD"):
            return super().history_view(request, object_id, extra_context)
        case = self.require(request, object_id)
        story = life.history(request, case)
        story["may_take_proof"] = proof.may_take(request.user, case)
        return self.framed(request, "refunds/case_history.html", case, story)

    def get_urls(self) -> list[Any]:
        """The pages for acting, opening, bulk approval and evidence, before Django's own."""
        wrap, name = self.admin_site.admin_view, "refunds_refundcase"
        return [
            path("<int:case_id>/next/", wrap(self.next_view), name=f"{name}_next"),
            path("<int:case_id>/previous/", wrap(self.previous_view), name=f"{name}_previous"),
            path("open/<int:order_id>/", wrap(self.open_view), name=f"{name}_open"),
            path("assign-many/", wrap(self.assign_many_view), name=f"{name}_assign_many"),
            path("approve-many/", wrap(self.approve_many_view), name=f"{name}_approve_many"),
            path("<int:case_id>/do/<slug:action>/", wrap(self.act_view), name=f"{name}_do"),
            path(
                "<int:case_id>/evidence/<int:pk>/",
                wrap(self.evidence_view),
                name=f"{name}_evidence",
            ),
            path(
                "<int:case_id>/evidence/<int:pk>/preview/",
                wrap(self.preview_view),
                name=f"{name}_preview",
            ),
            path("<int:case_id>/proof/", wrap(self.proof_view), name=f"{name}_proof"),
            *super().get_urls(),
        ]
