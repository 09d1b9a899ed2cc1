"""What cases go by: policies, which the platform changes, and codes, which everybody reads."""

from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from backoffice.admin.guarded import EditableAdmin, GuardedAdmin, ScopedRelatedFilter
from refunds.models import Reason, RefundPolicy, RejectCode


@admin.register(RefundPolicy)
class RefundPolicyAdmin(EditableAdmin):
    """Policies. They are added, never changed: cases stand on them."""

    list_display = (
        "kind",
        "stage",
        "store",
        "review_hours",
        "at_deadline",
        "auto_ceiling",
        "valid_from",
    )
    list_filter: ClassVar = ["kind", "stage", ("store", ScopedRelatedFilter)]
    list_display_links = ("kind", "stage")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody may: a new policy with a later start takes the place of an old one."""
        return False


class CodeAdmin(GuardedAdmin):
    """Codes, by their titles in the reader's language."""

    @admin.display(description=_("title"), ordering="title")
    def shown_title(self, row: Any) -> str:
        """The title."""
        return row.label


@admin.register(Reason)
class ReasonAdmin(CodeAdmin):
    """Why buyers ask."""

    list_display = ("code", "shown_title", "liable", "counts_in_score", "evidence_needed", "active")
    list_display_links = ("code", "shown_title")
    list_filter: ClassVar = ["liable", "active"]
    search_fields = ("code", "title", "title_zh")


@admin.register(RejectCode)
class RejectCodeAdmin(CodeAdmin):
    """Why merchants refuse."""

    list_display = ("code", "shown_title", "evidence_needed", "supervisor_only", "active")
    list_display_links = ("code", "shown_title")
