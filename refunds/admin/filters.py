"""How the case list is narrowed: tabs by state, and cases that the timer left to a person."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from refunds.models import State


class StateFilter(admin.SimpleListFilter):
    """One state; the tabs above the list set it."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Every state."""
        return list(State.choices)

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        """Cases in the chosen state; an unknown one is ignored."""
        return queryset.filter(state=self.value()) if self.value() in State.values else queryset


class HeldFilter(admin.SimpleListFilter):
    """Cases that a rail handed to a person."""

    title = _("held for a person")
    parameter_name = "held"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Held or not."""
        return [("1", _("yes")), ("0", _("no"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        """Held cases, or the others."""
        if self.value() not in ("0", "1"):
            return queryset
        return (
            queryset.exclude(held_because="")
            if self.value() == "1"
            else queryset.filter(held_because="")
        )
