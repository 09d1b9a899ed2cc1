"""What people do on the pages of reconciliation: a table of steps, asked by GET and done by POST."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import path
from django.utils.functional import Promise

from backoffice.actors import Actor
from backoffice.exceptions import BackofficeError, NotAllowed, NotFound
from refunds.admin.desk_pages import DeskAdmin, actor_of
from refunds.admin.money.forms import NoteForm


@dataclass(frozen=True)
class Step:
    """One thing that one role does to a day or a difference. ``run`` gets the row's id."""

    name: str
    label: str | Promise
    help: str | Promise
    done: str | Promise
    permission: str
    states: tuple[str, ...]
    run: Callable[[int, Actor, dict[str, Any]], Any]
    form: type[Form] = NoteForm
    style: str = ""
    objection: Callable[[Any, Actor], str] = lambda _row, _actor: ""

    def offered(self, row: Any, actor: Actor) -> bool:
        """Whether this person can do it now."""
        held = row.state in self.states and actor.user.has_perm(self.permission, row)
        return held and not self.objection(row, actor)

    def filled(self, row: Any, data: Any = None) -> Form:
        """The form; one about a row's colleagues is told of which."""
        more = {"row": row} if getattr(self.form, "about_row", False) else {}
        return self.form(data, auto_id=f"{self.name}_%s", **more)


class StepsAdmin(DeskAdmin):
    """A read-only list whose rows have a page with steps."""

    steps: ClassVar[dict[str, Step]]

    def offers(self, request: HttpRequest, row: Any) -> list[tuple[Step, Form]]:
        """What this person can do to the row now, each with its form."""
        actor = actor_of(request)
        return [(s, s.filled(row)) for s in self.steps.values() if s.offered(row, actor)]

    def do_view(self, request: HttpRequest, pk: int, step: str) -> HttpResponse:
        """GET asks, POST does; a refusal stands above the form that it concerns."""
        if request.method not in ("GET", "HEAD", "POST"):
            return HttpResponseNotAllowed(["GET", "HEAD", "POST"])
        row, entry = self.get_queryset(request).filter(pk=pk).first(), self.steps.get(step)
        if row is None or entry is None:
            raise NotFound
        if not request.user.has_perm(entry.permission, row):
            raise NotAllowed
        if request.method != "POST":
            return self._ask(request, row, entry, entry.filled(row))
        form = entry.filled(row, request.POST)
        if not form.is_valid():
            return self._ask(request, row, entry, form, 400)
        try:
            entry.run(row.pk, actor_of(request), form.cleaned_data)
        except BackofficeError as refusal:
            form.add_error(None, str(refusal))
            return self._ask(request, row, entry, form, refusal.status)
        messages.success(request, str(entry.done))
        return redirect(f"admin:refunds_{self.opts.model_name}_change", row.pk)

    def _ask(
        self, request: HttpRequest, row: Any, step: Step, form: Form, status: int = 200
    ) -> HttpResponse:
        back = f"admin:refunds_{self.opts.model_name}_change"
        context = {"row": row, "step": step, "form": form, "address": self.address, "back": back}
        return self.page(request, "refunds/reconciliation/step.html", str(row), context, status)

    @property
    def address(self) -> str:
        """The name of the steps' address."""
        return f"admin:refunds_{self.opts.model_name}_do"

    def get_urls(self) -> list[Any]:
        """The steps, before Django's own pages."""
        view = self.admin_site.admin_view(self.do_view)
        name = self.address.removeprefix("admin:")
        return [path("<int:pk>/do/<slug:step>/", view, name=name), *super().get_urls()]
