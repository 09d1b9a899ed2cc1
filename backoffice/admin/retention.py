"""Retention: the rules that people change, what would go by them today, and what went."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.urls import path, reverse
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.cache import never_cache
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget

from backoffice import clock
from backoffice.admin.guarded import EditableAdmin, GuardedAdmin, ReasonForm
from backoffice.privacy import retention
from backoffice.privacy.rules import RetentionPass, RetentionRule

NAME = "backoffice_retentionrule"


class RetentionRuleForm(ReasonForm):
    """A rule that begins today at the earliest: what went already stays gone."""

    what = forms.ChoiceField(label=gettext_lazy("what"), widget=UnfoldAdminSelectWidget)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "what" in self.fields:
            self.fields["what"].choices = [  # type: ignore[attr-defined]  # a choice field
                (holding.code, holding.label) for holding in retention.holdings()
            ]

    def clean_starts_on(self) -> Any:
        """No day that is over."""
        day = self.cleaned_data["starts_on"]
        if day < localdate(clock.now()):
            raise forms.ValidationError(_("A rule begins today or later."))
        return day

    def clean(self) -> Any:
        """Nothing is deleted that is still needed, or that another rule has kept."""
        data: Any = super().clean() or self.cleaned_data
        parts = {name: data.get(name) for name in ("what", "effect", "days", "starts_on")}
        if {"what", "effect", "starts_on"} <= data.keys() and (
            refusal := retention.objection(**parts)
        ):
            self.add_error("days", refusal)
        return data


@admin.register(RetentionRule)
class RetentionRuleAdmin(EditableAdmin):
    """A rule in force is not changed: a newer one follows."""

    form = RetentionRuleForm
    list_display = ("shown_what", "shown_effect", "shown_days", "told_ground", "starts_on")
    list_display_links = ("shown_what",)
    list_filter_submit = False
    list_before_template = "backoffice/retention_links.html"
    fields = ("what", "effect", "days", "ground", "starts_on", "change_reason")

    def has_change_permission(self, request: HttpRequest, obj: RetentionRule | None = None) -> bool:
        """Only what has not begun can still be changed."""
        begun = obj is not None and obj.starts_on <= localdate(clock.now())
        return not begun and super().has_change_permission(request, obj)

    @display(description=gettext_lazy("what"), ordering="what")
    def shown_what(self, row: RetentionRule) -> str:
        """What is kept."""
        return retention.label_of(row.what)

    @display(description=pgettext_lazy("retention", "then"), ordering="effect")
    def shown_effect(self, row: RetentionRule) -> str:
        """Whether it is deleted afterwards, or has to be kept so long."""
        return row.get_effect_display()

    @display(description=gettext_lazy("days"), ordering="days")
    def shown_days(self, row: RetentionRule) -> str:
        """For how long, or that the rule has ended."""
        return _("ended") if row.days is None else str(row.days)

    @display(description=gettext_lazy("legal ground"), ordering="ground")
    def told_ground(self, row: RetentionRule) -> str:
        """The law or the purpose."""
        return row.shown_ground

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The list, with the way to what would go today."""
        urls = {
            "due_url": reverse(f"admin:{NAME}_due"),
            "passes_url": reverse("admin:backoffice_retentionpass_changelist"),
        }
        return super().changelist_view(request, {**urls, **(extra_context or {})})

    def get_urls(self) -> list[Any]:
        """With the dry run."""
        view = self.admin_site.admin_view(never_cache(self.due_view))
        return [path("due/", view, name=f"{NAME}_due"), *super().get_urls()]

    def due_view(self, request: HttpRequest) -> HttpResponse:
        """What a pass would delete now, and what is held back; it deletes nothing."""
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        if not self.has_view_permission(request):
            raise PermissionDenied
        context = {
            "rows": [
                {
                    "due": due,
                    "keep": retention.in_force(due.holding.code, RetentionRule.Effect.KEEP),
                }
                for due in retention.dry_run()
            ],
            "progress": retention.progress(),
            "list_url": reverse(f"admin:{NAME}_changelist"),
        }
        return self.page(
            request, "backoffice/retention_due.html", _("What would be deleted today"), context
        )


@admin.register(RetentionPass)
class RetentionPassAdmin(GuardedAdmin):
    """What went by which rule, newest first."""

    list_display = ("shown_what", "done", "began_at", "ended_at")
    list_filter: ClassVar[list[str]] = []
    list_select_related = ("rule",)

    @display(description=gettext_lazy("what"), ordering="rule__what")
    def shown_what(self, row: RetentionPass) -> str:
        """What went."""
        return retention.label_of(row.rule.what)
