"""Policies: read by everybody, changed by the platform – a new version, or the end of a scope."""

from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from backoffice import clock
from backoffice.admin.display import pill
from backoffice.admin.guarded import ScopedRelatedFilter
from refunds.admin.policies import page
from refunds.admin.policies.changes import PolicyChangesAdmin
from refunds.admin.standing import LOOKS, standing
from refunds.models import RefundPolicy
from refunds.policies.scopes import narrowing

READ, WRITE = ("GET", "HEAD"), ("GET", "HEAD", "POST")


class StandingFilter(admin.SimpleListFilter):
    """In force, planned or past."""

    title = pgettext_lazy("filter of policies", "validity")
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        """The three."""
        return list(page.STANDING.items())

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """The chosen ones."""
        now = clock.now()
        if self.value() == "now":
            return queryset.standing(now)
        if self.value() == "planned":
            return queryset.filter(valid_from__gt=now)
        return queryset.filter(valid_until__lte=now) if self.value() == "past" else queryset


@admin.register(RefundPolicy)
class RefundPolicyAdmin(PolicyChangesAdmin):
    """Policies. A version is never changed: cases stand on it."""

    list_display = (
        "kind",
        "shown_stage",
        "narrowed",
        "version",
        "standing",
        "review_hours",
        "at_deadline",
        "valid_from",
    )
    list_filter: ClassVar = [StandingFilter, "kind", "stage", ("store", ScopedRelatedFilter)]
    list_display_links = ("kind", "shown_stage")

    @admin.display(description=gettext_lazy("stage"), ordering="stage")
    def shown_stage(self, row: RefundPolicy) -> str:
        """The stage, or any."""
        return row.get_stage_display() or _("any stage")

    @admin.display(description=pgettext_lazy("which cases a policy is for", "for"))
    def narrowed(self, row: RefundPolicy) -> str:
        """What the scope names beside kind and stage."""
        return narrowing(row, row.store, row.reason) or _("all stores")

    @admin.display(description=pgettext_lazy("filter of policies", "validity"))
    def standing(self, row: RefundPolicy) -> str:
        """In force, planned or past."""
        state = standing(row, clock.now())
        return pill(LOOKS[state], page.STANDING[state])

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Whether the person may write policies."""
        return self.holds(request, "add")

    def get_urls(self) -> list[Any]:
        """The usual pages, and the two ways to change a policy."""
        own = [
            path(
                f"<int:pk>/{name}/",
                self.admin_site.admin_view(view),
                name=f"refunds_refundpolicy_{name.replace('-', '_')}",
            )
            for name, view in (("new-version", self.version_view), ("end", self.end_view))
        ]
        return [*own, *super().get_urls()]

    def object_page(self, request: HttpRequest, obj: RefundPolicy) -> HttpResponse:
        """What the version says, and its scope's versions."""
        context = page.context(request, obj, may_write=self.may_write(request, obj))
        return self.page(request, "refunds/policy.html", context["scope"], context)
