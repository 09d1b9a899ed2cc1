"""What each role does to a batch that has not left yet: seal it, open it again, release it, make it void."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import path
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from backoffice import money
from backoffice.actors import Actor
from backoffice.exceptions import BackofficeError, NotAllowed, NotFound
from backoffice.stepup import WrongProof, device_of, prove
from refunds.admin.desk_pages import actor_of
from refunds.admin.money.batch_build import BUILD
from refunds.admin.money.batch_pages import BatchPages
from refunds.admin.money.forms import NoteForm, ReleaseForm, RequiredNoteForm
from refunds.batches import approvals, drafts
from refunds.batches.building import in_state, void
from refunds.batches.releasing import PERMISSION as RELEASE
from refunds.batches.releasing import release
from refunds.models import Payout, RefundBatch

State = RefundBatch.State
HALF_SIGNED = _("Your signature is under batch %(batch)s. A second person has to sign it, too.")
GIVEN = _("Batch %(batch)s is released, and its store credit is given.")
HANDED_OVER = _("Batch %(batch)s is released. Its gateway begins to send it.")


@dataclass(frozen=True)
class Step:
    """Something that one role does to a batch that has not left yet."""

    name: str
    label: str | Promise
    help: str | Promise
    done: str | Promise
    service: Callable[..., RefundBatch]
    permission: str
    states: tuple[str, ...]
    style: str = ""
    own: bool = False  # its maker's alone

    def form(self, batch: RefundBatch, user: Any, data: Any = None) -> Form:
        """What the person fills in: a signature names the batch and proves the person."""
        if self.name == "release":
            code = device_of(user) is not None
            return ReleaseForm(data, batch=batch, has_code=code, auto_id="release_%s")
        wanted = RequiredNoteForm if self.name in ("void", "reopen") else NoteForm
        return wanted(data, auto_id=f"{self.name}_%s")

    def offered(self, batch: RefundBatch, user: Any) -> bool:
        """Whether this person can do it now."""
        if batch.state not in self.states or not user.has_perm(self.permission, batch):
            return False
        if self.name == "release":
            return not approvals.objection(batch, user, approvals.live(batch))
        return not self.own or batch.maker_id == user.pk or batch.maker.is_system

    def do(self, batch: RefundBatch, actor: Actor, given: dict[str, Any]) -> RefundBatch:
        """Do it, with what was filled in; a signature only by who proves to be there."""
        details = {"batch_id": batch.pk, "actor": actor, "note": given["note"]}
        if self.name == "release":
            details |= {"proof": prove(actor.user, given["secret"]), "sha256": given["seen"]}
        return self.service(**details)


STEPS = {
    step.name: step
    for step in (
        Step(
            "seal",
            _("Seal"),
            _("Rows, count, total and hash are fixed. From then on it waits for its checkers."),
            _("Batch %(batch)s is sealed. Somebody else has to release it."),
            drafts.seal_draft,
            BUILD,
            (State.DRAFT,),
            "is-primary",
            own=True,
        ),
        Step(
            "reopen",
            _("Open again"),
            _("The batch becomes a draft that you can change. Signatures under it are void."),
            _("Batch %(batch)s is a draft again."),
            drafts.reopen,
            BUILD,
            (State.SEALED,),
            own=True,
        ),
        Step(
            "release",
            _("Release"),
            _("You agree to every payout of this batch, exactly as it was sealed."),
            _("Batch %(batch)s is released. Finance can download its file."),
            release,
            RELEASE,
            (State.SEALED,),
            "is-primary",
        ),
        Step(
            "void",
            _("Make void"),
            _("Nothing of this batch is paid. Its payouts wait for another batch."),
            _("Batch %(batch)s is void. Its payouts wait for another batch."),
            void,
            "refunds.void_refundbatch",
            (State.DRAFT, State.SEALED),
            "is-danger",
        ),
    )
}


class StepPages(BatchPages):
    """The pages and dialogs of the steps."""

    def step_view(self, request: HttpRequest, batch_id: int, step: str) -> HttpResponse:
        """GET asks, POST does; refusals are shown above the form that they concern."""
        if request.method not in ("GET", "HEAD", "POST"):
            return HttpResponseNotAllowed(["GET", "HEAD", "POST"])
        batch, entry = self.find(request, batch_id), STEPS.get(step)
        if entry is None:
            raise NotFound
        if not request.user.has_perm(entry.permission, batch):
            raise NotAllowed
        if request.method != "POST":
            in_state(batch, *entry.states)
            return self._ask(request, batch, entry, entry.form(batch, request.user))
        form = entry.form(batch, request.user, request.POST)
        if not form.is_valid():
            return self._ask(request, batch, entry, form, 400)
        try:
            changed = entry.do(batch, actor_of(request), form.cleaned_data)
        except BackofficeError as refusal:
            form.add_error("secret" if isinstance(refusal, WrongProof) else None, str(refusal))
            return self._ask(request, batch, entry, form, refusal.status)
        messages.success(request, str(_done(entry, changed)) % {"batch": changed})
        return redirect("admin:refunds_refundbatch_change", batch.pk)

    def _ask(
        self, request: HttpRequest, batch: RefundBatch, step: Step, form: Form, status: int = 200
    ) -> HttpResponse:
        total = money.show(batch.total, batch.currency)
        context = {"batch": batch, "step": step, "form": form, "total": total}
        return self.page(request, "refunds/batch_step.html", batch.number, context, status)

    def step_urls(self, wrap: Callable[..., Any]) -> list[Any]:
        """The steps, before Django's own pages."""
        route = "<int:batch_id>/do/<slug:step>/"
        return [path(route, wrap(self.step_view), name="refunds_refundbatch_do")]


def _done(step: Step, batch: RefundBatch) -> str | Promise:
    """What was done – of a release, how the batch leaves, if it does already."""
    if step.name != "release":
        return step.done
    if batch.state == State.SEALED:
        return HALF_SIGNED
    if batch.method == Payout.Method.CREDIT:
        return GIVEN
    return HANDED_OVER if batch.gateway_id else step.done


def offered(batch: RefundBatch, user: Any) -> list[tuple[Step, Form]]:
    """The steps that this person can take now, with their empty forms."""
    return [(step, step.form(batch, user)) for step in STEPS.values() if step.offered(batch, user)]
