"""How the case list is narrowed: tabs by state, what is due soon, what the timer left to a person."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from refunds.desk.queues import due_within_a_day
from refunds.models import State
from refunds.quarantine import QUARANTINED


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


class DueFilter(admin.SimpleListFilter):
    """Cases that wait for a decision within a day; the figure on the home page leads here."""

    title = _("due")
    parameter_name = "due"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """The one choice beside all."""
        return [("day", _("Due within a day"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        """What is due soon; an unknown choice is ignored."""
        return queryset.filter(due_within_a_day()) if self.value() == "day" else queryset


class HeldFilter(admin.SimpleListFilter):
    """Cases that a rail handed to a person, or that the timer failed at."""

    title = _("held for a person")
    parameter_name = "held"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Held or not, or held because the timer failed."""
        return [("1", _("yes")), ("failed", _("given up by the timer")), ("0", _("no"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        """Held cases, those that the timer gave up, or the others; an unknown choice is ignored."""
        chosen = {"1": ~Q(held_because=""), "failed": QUARANTINED, "0": Q(held_because="")}
        return queryset.filter(chosen.get(self.value() or "", Q()))
