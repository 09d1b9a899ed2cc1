"""Canned replies: written by supervisors and managers, for their own stores."""

import json
from typing import Any, ClassVar

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from backoffice.admin.guarded import EditableAdmin, ScopedRelatedFilter
from merchants.models import Store
from refunds.models import CannedReply
from refunds.talking.placeholders import CHINESE, ENGLISH, examples, fill, known

WRITE = "refunds.add_cannedreply"


@admin.register(CannedReply)
class CannedReplyAdmin(EditableAdmin):
    """A store's ready texts, with a preview of each."""

    list_display = ("shown_title", "store", "active")
    list_filter: ClassVar = [("store", ScopedRelatedFilter), "active"]
    search_fields = ("title", "title_zh")
    fieldsets = (
        (None, {"fields": ("store", "title", "title_zh", "active")}),
        (_("English"), {"fields": ("body", "preview")}),
        (_("Chinese"), {"fields": ("body_zh", "preview_zh")}),
        (None, {"fields": ("change_reason",)}),
    )

    class Media:
        js = ("refunds/canned.js",)
        css: ClassVar = {"all": ("refunds/case.css",)}

    @admin.display(description=_("title"), ordering="title")
    def shown_title(self, reply: CannedReply) -> str:
        """The title in the reader's language."""
        return str(reply)

    @admin.display(description=_("Preview"))
    def preview(self, reply: CannedReply | None) -> SafeString:
        """The English text with example values."""
        return preview_of(reply.body if reply else "", "body", ENGLISH)

    @admin.display(description=_("Preview"))
    def preview_zh(self, reply: CannedReply | None) -> SafeString:
        """The Chinese text with example values."""
        return preview_of(reply.body_zh if reply else "", "body_zh", CHINESE)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """A reply stays with its store."""
        return ("preview", "preview_zh", *(("store",) if obj else ()))

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Only stores for which the person may write replies."""
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if db_field.name == "store":
            field.queryset = Store.objects.within(request.user, WRITE)
        return field

    def formfield_for_dbfield(
        self, db_field: models.Field, request: HttpRequest, **kwargs: Any
    ) -> Any:
        """The texts say which placeholders there are."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name in ("body", "body_zh"):
            field.help_text = _("Placeholders: %(known)s") % {"known": known()}
        return field


def preview_of(text: str, source: str, language: str) -> SafeString:
    """``text`` as a buyer would read it; a script keeps it in step with the field ``source``."""
    values = examples(language)
    return format_html(
        '<div class="desk-quote desk-talk-text" data-preview="id_{}" data-values="{}">{}</div>',
        source,
        json.dumps(values, ensure_ascii=False),
        fill(text, values) or "–",
    )
