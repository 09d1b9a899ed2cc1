"""Applying a result file: everything that it says, in one transaction of a few statements.

The rows are those that ``perform("refund")`` and the machine of each payout would have written. What is
not plain – a compensation that is completed, a clock that stands still – goes through ``perform`` itself.
"""

from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext_lazy, gettext_noop

from backoffice import clock
from backoffice.actors import Actor
from backoffice.among import Among
from backoffice.audit.recording import recorded
from backoffice.audit.sets import update_set
from backoffice.audit.timeline import register_action_labels
from backoffice.bulk.jobs import CheckAgain, actor_of, keep_lease, key_of, require_permission
from backoffice.bulk.progress import report
from refunds.actions import ACTIONS
from refunds.ledger.sets import Postings
from refunds.models import (
    Compensation,
    Payout,
    RefundBatch,
    RefundCase,
    ResultImport,
    ResultRow,
)
from refunds.models import State as CaseState
from refunds.results import locks
from refunds.results.figures import outcome
from refunds.results.files import check_first_time
from refunds.results.judging import SAME, judge
from refunds.results.staging import clear, rows_of
from refunds.workflow import perform

State, Status, Way = Payout.State, ResultRow.Status, ResultRow.Way
REFUND = ACTIONS["refund"]
ANSWERED = gettext_noop("The bank's result file says so.")
LOST = gettext_noop("The bank's final answer says nothing definite about it.")
COMPLETE = gettext_noop("The bank has answered every payout of this batch.")
TAKEN = gettext_noop("The bank has taken this batch as a whole.")
register_action_labels(
    {
        "answer": gettext_lazy("Answered by the bank"),
        "lose_track": gettext_lazy("Left without an answer"),
        "reconcile": gettext_lazy("Answered in full"),
        "acknowledge": gettext_lazy("Taken by the bank"),
    }.get
)
HOLDING = gettext_noop("Holding what the file is about")
SETTLING = gettext_noop("Writing what the bank said of each payout")
REFUNDING = gettext_noop("Refunding the cases")
# Cases that one statement may refund: ``perform`` would do no more to them.
PLAIN = Q(state=CaseState.REVIEWED, time_left=None) & ~Q(
    Exists(Compensation.objects.filter(case=OuterRef("pk")))
)
STEP = 25  # cases between two signs of life


def apply_result(run: ResultImport) -> dict[str, Any]:
    """Settle and fail the payouts, and refund the cases, inside the caller's transaction.

    Everything is judged again under the locks. Raises ``CheckAgain`` where that gives anything else
    than the preview said.
    """
    actor = actor_of(run)
    require_permission(run, actor)
    _say(run, HOLDING)
    batch_ids = locks.take(run)
    check_first_time(run)  # behind the locks: its twin may have held them until now
    judgement = judge(run)
    found = outcome(judgement)
    if not judgement.fits or found != {name: run.counts.get(name) for name in found}:
        raise CheckAgain
    _Application(run, actor).write(batch_ids)
    clear(run)
    return {}


def _say(run: ResultImport, step: str, done: int = 0, total: int = 0) -> None:
    keep_lease(run)
    report(key_of(run), step=step, done=done, total=total)


class _Application:
    """One file that fits, on its way into the tables."""

    def __init__(self, run: ResultImport, actor: Actor) -> None:
        self.run, self.actor, self.at = run, actor, clock.now()
        self.counts = run.counts

    def write(self, batch_ids: list[int]) -> None:
        """Everything, in the order of the locks turned round: payouts, cases, batches."""
        self._choose_ways()
        _say(self.run, SETTLING)
        with recorded(self.actor, ANSWERED, "answer"):
            self._answer()
        if self.run.final:
            with recorded(self.actor, LOST, "lose_track"):
                self._lose_track()
        _say(self.run, REFUNDING)
        if self.counts[Status.SETTLED]:
            self._refund_together()
            self._refund_alone()
        self._close(batch_ids)

    def _choose_ways(self) -> None:
        """Mark what was known before, and the cases that are not plain: few, as a rule, or none."""
        rows = rows_of(self.run)
        if self.counts["unchanged"]:
            rows.filter(SAME).update(way=Way.NOT)
        open_ends = rows.filter(status__in=(Status.PENDING, Status.MISSING))
        if self.run.final:
            open_ends.filter(payout__state=State.UNKNOWN).update(way=Way.NOT)
        odd = RefundCase.objects.filter(pk=OuterRef("payout__case")).filter(~PLAIN)
        rows.filter(Exists(odd), status=Status.SETTLED, way=Way.TOGETHER).update(way=Way.ALONE)

    def _payouts(self, *statuses: str) -> QuerySet[Payout]:
        rows = rows_of(self.run).filter(payout=OuterRef("number"), status__in=statuses)
        return Payout.objects.filter(Exists(rows.exclude(way=Way.NOT)))

    def _answer(self) -> None:
        postings = Postings(self.run.store, self.counts["currency"])
        if self.counts[Status.SETTLED]:
            settled = self._payouts(Status.SETTLED)
            update_set(settled, state=State.SETTLED, bank_reason=self._reason(), settled_at=self.at)
            postings.settled(settled)
        if self.counts[Status.FAILED]:
            failed = self._payouts(Status.FAILED)
            update_set(failed, state=State.FAILED, bank_reason=self._reason())
            postings.failed(failed)

    def _reason(self) -> Subquery:
        named = rows_of(self.run).filter(payout=OuterRef("number"))
        return Subquery(named.values("reason")[:1])

    def _lose_track(self) -> None:
        """What a final answer leaves open is unknown: to be asked for, and never sent again."""
        left = self._payouts(Status.PENDING, Status.MISSING)
        update_set(left, state=State.UNKNOWN)

    def _refund_together(self) -> None:
        settled = rows_of(self.run).filter(status=Status.SETTLED, way=Way.TOGETHER)
        paid = Payout.objects.filter(case=OuterRef("pk"), number__in=settled.values("payout"))
        with recorded(self.actor, REFUND.reason, REFUND.name):
            update_set(
                RefundCase.objects.filter(Exists(paid)),
                state=CaseState.REFUNDED,
                clock="",
                clock_started_at=None,
                due_at=None,
                time_left=None,
                remind_at=None,
                held_because="",
                closed_at=self.at,
                version=F("version") + 1,
            )

    def _refund_alone(self) -> None:
        rows = rows_of(self.run).filter(way=Way.ALONE).order_by("payout__case")
        cases, done, last = rows.values_list("payout__case", flat=True), 0, 0
        total = rows.count()
        while page := list(cases.filter(payout__case__gt=last)[:STEP]):
            _say(self.run, REFUNDING, done, total)
            for case_id in page:
                perform(REFUND.name, case_id=case_id, actor=self.actor)
            done, last = done + len(page), page[-1]

    def _close(self, batch_ids: list[int]) -> None:
        """Reconcile the batches that wait for nothing more; acknowledge those that the file covers."""
        waiting = Payout.objects.filter(batch=OuterRef("pk"))
        waiting = waiting.exclude(state__in=(State.SETTLED, State.FAILED, State.RETURNED))
        batches = RefundBatch.objects.filter(
            Among("pk", batch_ids),
            state__in=(RefundBatch.State.SENT, RefundBatch.State.ACKNOWLEDGED),
        )
        complete = list(batches.filter(~Exists(waiting)).values_list("pk", flat=True))
        self._move(complete, RefundBatch.State.RECONCILED, COMPLETE, "reconcile")
        unnamed = rows_of(self.run).filter(status=Status.MISSING, payout__batch=OuterRef("pk"))
        covered = Q(~Exists(unnamed)) | Q(pk=self.counts["whole_batch"])
        sent = batches.filter(covered, state=RefundBatch.State.SENT).exclude(pk__in=complete)
        taken = list(sent.values_list("pk", flat=True))
        self._move(taken, RefundBatch.State.ACKNOWLEDGED, TAKEN, "acknowledge")

    def _move(self, batch_ids: list[int], state: str, reason: str, action: str) -> None:
        if batch_ids:
            with recorded(self.actor, reason, action):
                update_set(RefundBatch.objects.filter(Among("pk", batch_ids)), state=state)
