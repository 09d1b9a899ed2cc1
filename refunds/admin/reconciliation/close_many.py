"""Closing many days: choose in the list, look at them, confirm, read what became of each."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from backoffice import money
from backoffice.actors import Actor
from backoffice.exceptions import NotAllowed
from refunds.admin.desk_pages import actor_of
from refunds.admin.money.forms import NoteForm
from refunds.admin.reconciliation.steps import StepsAdmin
from refunds.models import ReconciliationDay
from refunds.reconciliation.closing import CLOSE, hindrance, own_report
from refunds.reconciliation.closing_many import MOST, TooManyDays, close_many, to_close
from refunds.reconciliation.figures import booked

LIST = "admin:refunds_reconciliationday_changelist"


class QuietFilter(admin.SimpleListFilter):
    """The days that wait for nothing but somebody who closes them."""

    title = _("to close")
    parameter_name = "quiet"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """One choice."""
        return [("1", _("Nothing differs"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        """Those days, if they are asked for."""
        return to_close(queryset) if self.value() == "1" else queryset


class CloseManyPages(StepsAdmin):
    """The list's action and the page behind it."""

    @admin.action(description=_("Close the chosen days …"), permissions=["close_many"])
    def close_chosen(self, request: HttpRequest, queryset: QuerySet) -> HttpResponse:
        """From the list to the days that would be closed; nothing is closed yet."""
        if queryset.count() > MOST:
            raise TooManyDays
        return self._preview(request, queryset)

    def has_close_many_permission(self, request: HttpRequest) -> bool:
        """Whether the person may close days in any store."""
        return request.user.has_perm(CLOSE)

    def close_many_view(self, request: HttpRequest) -> HttpResponse:
        """POST of the preview: close what was looked at, and say what became of each day."""
        if not self.has_close_many_permission(request):
            raise NotAllowed
        if request.method in ("GET", "HEAD"):
            return redirect(LIST)
        if request.method != "POST":
            return HttpResponseNotAllowed(["GET", "POST"])
        chosen = _numbers(request.POST.getlist("day"))
        form = NoteForm(request.POST)
        if not chosen or not form.is_valid():
            days = ReconciliationDay.objects.visible_to(request.user).filter(pk__in=chosen[:MOST])
            return self._preview(request, days, form, 400)
        results = close_many(day_ids=chosen, actor=actor_of(request), **form.cleaned_data)
        refused = [result for result in results if result.refusal]
        context = {"results": results, "refused": len(refused), "done": len(results) - len(refused)}
        return self._page(request, "many_result", context)

    def _preview(
        self,
        request: HttpRequest,
        chosen: QuerySet,
        form: NoteForm | None = None,
        status: int = 200,
    ) -> HttpResponse:
        days = list(
            chosen.select_related("store").order_by("-day", "store__name", "account")[:MOST]
        )
        why = {day: _objection(day, actor_of(request)) for day in days}
        quiet = [day for day in days if not why[day]]
        context = {
            "days": [(d, n, money.show(total, d.currency)) for d, n, total in booked(quiet)],
            "left_out": [(day, why[day]) for day in days if why[day]],
            "form": form or NoteForm(),
        }
        return self._page(request, "many", context, status)

    def _page(
        self, request: HttpRequest, name: str, context: dict[str, Any], status: int = 200
    ) -> HttpResponse:
        template = f"refunds/reconciliation/{name}.html"
        return self.page(request, template, _("Close many days"), context, status)


def _objection(day: ReconciliationDay, actor: Actor) -> str:
    if not actor.user.has_perm(CLOSE, day):
        return str(NotAllowed.message)
    return hindrance(day, quiet=True) or own_report(day, actor)


def _numbers(chosen: Sequence[str]) -> list[int]:
    return [int(pk) for pk in chosen if pk.isdecimal() and len(pk) < 19]
