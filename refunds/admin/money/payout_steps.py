"""What finance does to one payout: queue it again, send it another way, or give it up."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect as to
from django.urls import path
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from backoffice import money
from backoffice.actors import Actor
from backoffice.exceptions import BackofficeError, NotAllowed, NotFound
from refunds.admin.desk_pages import DeskAdmin, actor_of
from refunds.admin.money.forms import RedirectForm, RequiredNoteForm, RetryForm
from refunds.models import Payout
from refunds.payouts import destinations, queueing


@dataclass(frozen=True)
class Step:
    """One thing that finance may do to a payout, with what is filled in for it."""

    name: str
    label: str | Promise
    help: str | Promise
    done: str | Promise
    form: Callable[..., Form]
    do: Callable[[int, dict[str, Any], Actor], Payout]
    permission: str
    offered: Callable[[Payout, Actor], bool]
    style: str = ""


def _retry(pk: int, given: dict[str, Any], actor: Actor) -> Payout:
    return queueing.retry(payout_id=pk, actor=actor, way=given["way"], note=given["note"])


def _redirect(pk: int, given: dict[str, Any], actor: Actor) -> Payout:
    return queueing.redirect(payout_id=pk, actor=actor, way=given["way"], note=given["note"])


def _cancel(pk: int, given: dict[str, Any], actor: Actor) -> Payout:
    return queueing.cancel(payout_id=pk, actor=actor, note=given["note"])


STEPS = {
    step.name: step
    for step in (
        Step(
            "retry",
            _("Queue again"),
            _("A new payout with a new number takes its place and waits for the next batch."),
            _("Payout %(payout)s is queued for the next batch."),
            RetryForm,
            _retry,
            queueing.RETRY,
            queueing.may_retry,
            "is-primary",
        ),
        Step(
            "redirect",
            _("Send another way"),
            _(
                "The number stays. If the payout is in a sealed batch, that opens again: it has to be "
                "sealed and checked anew."
            ),
            _("Payout %(payout)s goes another way now."),
            RedirectForm,
            _redirect,
            queueing.REDIRECT,
            queueing.may_redirect,
        ),
        Step(
            "cancel",
            _("Cancel the payout"),
            _("Nothing is paid by it. Its case stays as it is, and may get another payout."),
            _("Payout %(payout)s is cancelled."),
            RequiredNoteForm,
            _cancel,
            queueing.CANCEL,
            queueing.may_cancel,
            "is-danger",
        ),
    )
}


class PayoutSteps(DeskAdmin):
    """The pages and dialogs of the steps."""

    def step_view(self, request: HttpRequest, payout_id: int, step: str) -> HttpResponse:
        """GET asks, POST does; refusals are shown above the form that they concern."""
        if request.method not in ("GET", "HEAD", "POST"):
            return HttpResponseNotAllowed(["GET", "HEAD", "POST"])
        rows = self.get_queryset(request)
        payout = rows.select_related("case", "batch", "payment").filter(pk=payout_id).first()
        entry = STEPS.get(step)
        if payout is None or entry is None:
            raise NotFound
        if not request.user.has_perm(entry.permission, payout):
            raise NotAllowed
        given = request.POST if request.method == "POST" else None
        form = entry.form(given, auto_id=f"{step}_%s")
        if request.method != "POST":
            return self._ask(request, payout, entry, form)
        if not form.is_valid():
            return self._ask(request, payout, entry, form, 400)
        try:
            changed = entry.do(payout.pk, form.cleaned_data, actor_of(request))
        except BackofficeError as refusal:
            form.add_error(None, str(refusal))
            return self._ask(request, payout, entry, form, refusal.status)
        messages.success(request, str(entry.done) % {"payout": changed})
        return to("admin:refunds_payout_change", changed.pk)

    def _ask(
        self, request: HttpRequest, payout: Payout, step: Step, form: Form, status: int = 200
    ) -> HttpResponse:
        context = {**shared(request, payout), "step": step, "form": form}
        return self.page(request, "refunds/payout_step.html", payout.number, context, status)

    def step_urls(self, wrap: Callable[..., Any]) -> list[Any]:
        """The steps, before Django's own pages."""
        route = "<int:payout_id>/do/<slug:step>/"
        return [path(route, wrap(self.step_view), name="refunds_payout_do")]


def offered(payout: Payout, actor: Actor) -> list[tuple[Step, Form]]:
    """The steps that this person can take now, with their empty forms."""
    return [
        (step, step.form(auto_id=f"{step.name}_%s"))
        for step in STEPS.values()
        if step.offered(payout, actor)
    ]


def shared(request: HttpRequest, payout: Payout) -> dict[str, Any]:
    """What the payout's page and the pages of its steps show alike."""
    return {
        "payout": payout,
        "amount": money.show(payout.amount, payout.currency),
        "destination": destinations.shown(payout, request.user),
        "payee": destinations.holder(payout, request.user),
    }
