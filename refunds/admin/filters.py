"""How the case list is narrowed: tabs by state, and cases that the timer left to a person."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
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


def state_tabs(request: HttpRequest, cases: QuerySet) -> list[dict[str, Any]]:
    """A tab for all cases and one per state that has any, with its count."""
    counts = dict(cases.order_by().values_list("state").annotate(n=Count("pk")))
    current = request.GET.get("state", "")
    tabs = [{"label": _("All"), "count": sum(counts.values()), "href": "?", "current": not current}]
    for state, label in State.choices:
        if counts.get(state) or state == current:
            tab = {"label": label, "count": counts.get(state, 0), "href": f"?state={state}"}
            tabs.append({**tab, "current": state == current})
    return tabs
