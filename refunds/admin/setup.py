"""What cases go by: policies, which the platform changes, and codes, which everybody reads."""

from typing import ClassVar

from django.contrib import admin

from backoffice.admin.guarded import EditableAdmin, GuardedAdmin, ScopedRelatedFilter
from refunds.models import Reason, RefundPolicy, RejectCode


@admin.register(RefundPolicy)
class RefundPolicyAdmin(EditableAdmin):
    """Policies; a case keeps the one that it was requested under."""

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


@admin.register(Reason)
class ReasonAdmin(GuardedAdmin):
    """Why buyers ask."""

    list_display = ("code", "label", "liable", "counts_in_score", "evidence_needed", "active")
    list_display_links = ("code", "label")
    list_filter: ClassVar = ["liable", "active"]
    search_fields = ("code", "title", "title_zh")


@admin.register(RejectCode)
class RejectCodeAdmin(GuardedAdmin):
    """Why merchants refuse."""

    list_display = ("code", "label", "evidence_needed", "supervisor_only", "active")
    list_display_links = ("code", "label")
