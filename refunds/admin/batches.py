"""Refund batches: the list, and the page on which each role does its part."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import path
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from backoffice import money
from backoffice.actors import Actor
from backoffice.admin.guarded import ScopedRelatedFilter
from backoffice.audit.timeline import versions_of
from backoffice.exceptions import BackofficeError, NotAllowed, NotFound
from backoffice.stepup import device_of, prove, same_person
from refunds import approvals, drafts
from refunds.admin.batch_build import BUILD, BuildMixin
from refunds.admin.batch_rows import RowsMixin, changeable
from refunds.admin.desk_pages import DeskAdmin, actor_of, code, shown, state_pill, way_label
from refunds.admin.money_forms import NoteForm, ReleaseForm, RequiredNoteForm
from refunds.admin.result_forms import ResultForm
from refunds.batches import in_state, void
from refunds.exports import export, file_name, parts
from refunds.models import BatchFile, Payout, RefundBatch
from refunds.releasing import release
from refunds.results import PERMISSION as IMPORT
from refunds.results import bring_result

State = RefundBatch.State
EXPORT = "refunds.export_refundbatch"
ROWS = 100  # payouts shown on the batch's page; the list shows them all
PART_DIGITS = 5
HALF_SIGNED = _("Your signature is under batch %(batch)s. A second person has to sign it, too.")
DOWNLOADS = 5  # latest ones shown; the timeline has them all
TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "xml": "application/xml; charset=utf-8",
}


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
            _(
                "You agree to every payout of this batch. Its file may then be handed out for the bank."
            ),
            _("Batch %(batch)s is released. Finance can download its file."),
            release,
            "refunds.release_refundbatch",
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


@admin.register(RefundBatch)
class RefundBatchAdmin(BuildMixin, RowsMixin, DeskAdmin):
    """Newest first; there is no form, only what each role may do."""

    list_display = (
        "code",
        "pill",
        "store",
        "shown_way",
        "count",
        "amount",
        "built",
        "checker",
    )
    list_filter: ClassVar = ["state", "method", ("store", ScopedRelatedFilter)]
    list_select_related = ("store", "maker", "checker", "gateway")
    search_fields = ("^number",)
    search_help_text = _("The batch's number, from its beginning.")
    list_before_template = "refunds/batch_tools.html"
    row_template = "refunds/batch.html"

    @display(description=_("number"), ordering="number")
    def code(self, batch: RefundBatch) -> SafeString:
        """The number, on one line."""
        return code(batch.number)

    @display(description=_("state"), ordering="state")
    def pill(self, batch: RefundBatch) -> SafeString:
        """The state, as a word in a colour."""
        return state_pill(batch)

    @display(description=pgettext_lazy("payout", "method"), ordering="method")
    def shown_way(self, batch: RefundBatch) -> str:
        """How it goes: the original route by its channel."""
        return way_label(batch)

    @display(description=_("control total"), ordering="total")
    def amount(self, batch: RefundBatch) -> str:
        """The control total with its currency."""
        return money.show(batch.total, batch.currency)

    @display(description=_("built by"), ordering="built_at")
    def built(self, batch: RefundBatch) -> SafeString:
        """Who built it, and when."""
        return format_html(
            '{}<br><span class="desk-muted desk-code">{}</span>',
            batch.maker,
            date_format(localtime(batch.built_at), "SHORT_DATETIME_FORMAT"),
        )

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The list, with the way to a new batch for those who may build one."""
        return super().changelist_view(
            request, {"may_build": request.user.has_perm(BUILD), **(extra_context or {})}
        )

    def row_context(self, request: HttpRequest, batch: RefundBatch) -> dict[str, Any]:
        """Facts, signatures, payouts, history, and what this person may do."""
        user, payouts = (
            request.user,
            batch.payouts.select_related("case__order").order_by("queued_at", "pk"),
        )
        sent = batch.state in RefundBatch.OUT
        in_file = batch.gateway_id is None
        handed_out = in_file and (sent or batch.state == State.RELEASED)
        steps = [step for step in STEPS.values() if step.offered(batch, user)]
        return {
            "batch": batch,
            "total": money.show(batch.total, batch.currency),
            "pill": state_pill(batch),
            "rows": shown(payouts[:ROWS], user),
            "more": max(0, batch.count - ROWS),
            "steps": [(step, step.form(batch, user)) for step in steps],
            **self._signatures(batch),
            "files": self._files(batch) if handed_out and user.has_perm(EXPORT, batch) else [],
            "way": way_label(batch),
            "downloads": batch.history.filter(action="download").order_by("-history_id")[
                :DOWNLOADS
            ],
            "result_form": ResultForm()
            if in_file and sent and user.has_perm(IMPORT, batch)
            else None,
            "results": [
                (run, state_pill(run)) for run in batch.results.select_related("uploaded_by")[:20]
            ],
            "entries": versions_of(batch),
            "own_batch": batch.state == State.SEALED
            and same_person(batch.maker, actor_of(request).user),
            "changes": changeable(batch, user),
            "failed": batch.payouts.filter(state=Payout.State.FAILED).count(),
        }

    def _signatures(self, batch: RefundBatch) -> dict[str, Any]:
        """Who signed, what is still missing, and what does not hold any more."""
        signed = approvals.live(batch)
        waits = batch.state in (State.DRAFT, State.SEALED)
        missing = approvals.needed(batch) - len(signed) if waits and batch.count else 0
        return {
            "signed": signed,
            "missing": max(0, missing),
            "voided": batch.approvals.filter(voided_at__isnull=False).select_related("checker"),
        }

    def _files(self, batch: RefundBatch) -> list[tuple[str, str, int]]:
        """What can be downloaded: format, label, and part where there are several."""
        if batch.method == Payout.Method.CREDIT:
            return []
        several, formats = parts(batch) > 1, dict(BatchFile.Format.choices)
        if batch.method != Payout.Method.BANK:
            del formats[BatchFile.Format.XML]
        return [
            (value, f"{label} {part}" if several else label, part)
            for value, label in formats.items()
            for part in range(1, parts(batch) + 1)
        ]

    def step_view(self, request: HttpRequest, batch_id: int, step: str) -> HttpResponse:
        """GET asks, POST does; refusals are shown above the form that they concern."""
        if request.method not in ("GET", "HEAD", "POST"):
            return HttpResponseNotAllowed(["GET", "HEAD", "POST"])
        batch, entry = self._batch(request, batch_id), STEPS.get(step)
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
            form.add_error(None, str(refusal))
            return self._ask(request, batch, entry, form, refusal.status)
        half = entry.name == "release" and changed.state == State.SEALED
        messages.success(request, str(HALF_SIGNED if half else entry.done) % {"batch": batch})
        return redirect("admin:refunds_refundbatch_change", batch.pk)

    def _ask(
        self, request: HttpRequest, batch: RefundBatch, step: Step, form: Form, status: int = 200
    ) -> HttpResponse:
        total = money.show(batch.total, batch.currency)
        context = {"batch": batch, "step": step, "form": form, "total": total}
        return self.page(request, "refunds/batch_step.html", batch.number, context, status)

    def export_view(self, request: HttpRequest, batch_id: int, file_format: str) -> HttpResponse:
        """A file of the batch. POST only: it changes the batch, and it is put on record."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        batch = self._batch(request, batch_id)
        asked = request.POST.get("part", "1")
        part = int(asked) if asked.isdecimal() and len(asked) < PART_DIGITS else 0
        kept = export(
            batch_id=batch.pk, actor=actor_of(request), file_format=file_format, part=part
        )
        name = f"{file_name(batch, part)}.{file_format}"
        response = HttpResponse(bytes(kept.content), content_type=TYPES[file_format])
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        return response

    def result_view(self, request: HttpRequest, batch_id: int) -> HttpResponse:
        """Bring the bank's file for this batch. POST only."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        batch = self._batch(request, batch_id)
        if not request.user.has_perm(IMPORT, batch):
            raise NotAllowed
        form = ResultForm(request.POST, request.FILES)
        if not form.is_valid():
            return self.row_page(request, batch, 400, result_form=form)
        file = form.cleaned_data["file"]
        try:
            run = bring_result(
                batch_id=batch.pk,
                final=form.cleaned_data["final"],
                file=file,
                name=file.name,
                actor=actor_of(request),
            )
        except BackofficeError as refusal:
            form.add_error("file", str(refusal))
            return self.row_page(request, batch, refusal.status, result_form=form)
        messages.info(
            request, gettext("The file is being checked. Nothing changes before you apply it.")
        )
        return redirect("admin:refunds_resultimport_change", run.pk)

    def _batch(self, request: HttpRequest, batch_id: int) -> RefundBatch:
        batch = (
            self.get_queryset(request)
            .select_related("store", "maker", "checker")
            .filter(pk=batch_id)
            .first()
        )
        if batch is None:
            raise NotFound
        return batch

    def get_urls(self) -> list[Any]:
        """Building, releasing, voiding, handing out and answering, before Django's own pages."""
        wrap, name = self.admin_site.admin_view, "refunds_refundbatch"
        return [
            path("<int:batch_id>/rows/", wrap(self.rows_view), name=f"{name}_rows"),
            path("build/", wrap(self.build_view), name=f"{name}_build"),
            path("<int:batch_id>/do/<slug:step>/", wrap(self.step_view), name=f"{name}_do"),
            path(
                "<int:batch_id>/export/<slug:file_format>/",
                wrap(self.export_view),
                name=f"{name}_export",
            ),
            path("<int:batch_id>/result/", wrap(self.result_view), name=f"{name}_result"),
            *super().get_urls(),
        ]
