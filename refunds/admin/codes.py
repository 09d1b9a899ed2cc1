"""The codes that cases go by, which everybody reads."""

from typing import Any, ClassVar

from django.contrib import admin
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backoffice.admin.guarded import GuardedAdmin
from refunds.models import Kind, Reason, RejectCode


class CodeAdmin(GuardedAdmin):
    """Codes, by their titles in the reader's language."""

    @admin.display(description=_("title"), ordering="title")
    def shown_title(self, row: Any) -> str:
        """The title."""
        return row.label


@admin.register(Reason)
class ReasonAdmin(CodeAdmin):
    """Why buyers ask."""

    list_display = (
        "code",
        "shown_title",
        "shown_kinds",
        "liable",
        "freight_payer",
        "evidence_needed",
        "counts_in_score",
        "active",
    )
    list_display_links = ("code", "shown_title")
    list_filter: ClassVar = ["liable", "active"]
    fields = (
        "code",
        "title",
        "title_zh",
        "active",
        "shown_kinds",
        "liable",
        "freight_payer",
        "counts_in_score",
        "evidence_needed",
        "evidence_hint",
        "evidence_hint_zh",
        "text_needed",
    )
    readonly_fields = ("shown_kinds",)
    search_fields = ("code", "title", "title_zh")

    @admin.display(description=_("kinds"))
    def shown_kinds(self, row: Reason) -> str:
        """The kinds that it may be asked for with."""
        return " · ".join(str(Kind(kind).label) for kind in row.kinds) or gettext("all")


@admin.register(RejectCode)
class RejectCodeAdmin(CodeAdmin):
    """Why merchants refuse."""

    list_display = ("code", "shown_title", "evidence_needed", "supervisor_only", "active")
    list_display_links = ("code", "shown_title")
