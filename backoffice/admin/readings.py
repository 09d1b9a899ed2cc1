"""“Readings of personal data”: who was shown what of whom, on which page, and why where they had to say."""

from typing import Any, ClassVar

from django.apps import apps
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext, gettext_lazy
from unfold.contrib.filters.admin import RangeDateTimeFilter
from unfold.decorators import display

from backoffice.admin.guarded import GuardedAdmin
from backoffice.audit.timeline import Entry
from backoffice.held_roles import BEFORE_PLACES, BETWEEN_ROLES
from backoffice.privacy.models import SensitiveRead


@admin.register(SensitiveRead)
class SensitiveReadAdmin(GuardedAdmin):
    """Newest first. Nobody writes here, and looking at it shows no personal data."""

    list_display = ("at", "reader_name", "shown_role", "address", "values", "reason")
    list_filter: ClassVar = [("at", RangeDateTimeFilter)]
    list_select_related = ()
    search_fields = ("^reader_name", "^reader__username", "^page", "=request_id")
    search_help_text = gettext_lazy("A person, a page's address or a request id.")

    @display(description=gettext_lazy("role"))
    def shown_role(self, read: SensitiveRead) -> str:
        """What the reader was then, and where: whoever sees this list sees every store."""
        parts = (part.partition(BEFORE_PLACES) for part in read.role.split(BETWEEN_ROLES))
        return BETWEEN_ROLES.join(gettext(role) + dot + places for role, dot, places in parts)

    @display(description=gettext_lazy("page"), ordering="page")
    def address(self, read: SensitiveRead) -> str:
        """Where it was shown."""
        return read.page

    def history_of(self, obj: SensitiveRead) -> list[Entry]:
        """It was written once: what is on its page is all there is."""
        return []

    def object_page(self, request: HttpRequest, obj: SensitiveRead) -> HttpResponse:
        """One reading: all that was shown, row by row."""
        context = {
            "read": obj,
            "role": self.shown_role(obj),
            "rows": [_row(row, fields) for row, fields in obj.rows],
            "more": obj.values - sum(len(fields) for _row, fields in obj.rows),
            "list_url": reverse("admin:backoffice_sensitiveread_changelist"),
        }
        title = gettext("Reading of personal data")
        return self.page(request, "backoffice/reading.html", title, context)


def _row(row: str, fields: list[str]) -> dict[str, str]:
    """A row by what it is called, with the way to it where it has a page, and what was shown of it."""
    label, _space, key = row.partition(" ")
    try:
        model: Any = apps.get_model(label)
    except (LookupError, ValueError):
        return {"name": row, "fields": ", ".join(fields), "url": ""}
    return {
        "name": f"{model._meta.verbose_name} {key}",
        "fields": ", ".join(_field(model, name) for name in fields),
        "url": _address(label, key),
    }


def _field(model: Any, name: str) -> str:
    known = {field.name: str(field.verbose_name) for field in model._meta.concrete_fields}
    known["problems"] = gettext("values that could not be used")
    return known.get(name, name)


def _address(label: str, key: str) -> str:
    try:
        return reverse(f"admin:{label.replace('.', '_')}_change", args=[key])
    except NoReverseMatch:
        return ""
