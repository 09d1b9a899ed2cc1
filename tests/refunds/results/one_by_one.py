"""The slow way to apply a result file, row after row: what the fast one has to leave the same."""

from backoffice import clock
from backoffice.actors import Actor
from backoffice.audit.recording import recorded
from backoffice.bulk.jobs import actor_of
from refunds import ledger
from refunds.models import Payout, RefundBatch, ResultImport, ResultRow
from refunds.results import applying
from refunds.workflow import perform

Status, State = ResultRow.Status, RefundBatch.State


def apply_one_by_one(run: ResultImport) -> dict[str, object]:
    """Every row by the payout's own transition and by ``perform``; then every batch."""
    actor, rows = actor_of(run), list(ResultRow.objects.filter(run=run).order_by("pk"))
    for row in rows:
        payout = Payout.objects.select_related("batch").get(number=row.payout_id)
        if payout.state in Payout.ON_ITS_WAY:
            _answer(payout, row, actor, final=run.final)
    for batch_id in {Payout.objects.get(number=row.payout_id).batch_id for row in rows}:
        _close(RefundBatch.objects.get(pk=batch_id), rows, actor)
    ResultRow.objects.filter(run=run).delete()
    return {}


def _answer(payout: Payout, row: ResultRow, actor: Actor, *, final: bool) -> None:
    definite = row.status in (Status.SETTLED, Status.FAILED)
    if definite:
        with recorded(actor, applying.ANSWERED, "answer"):
            if row.status == Status.SETTLED:
                payout.settle()
                payout.settled_at = clock.now()
            else:
                payout.fail()
            payout.bank_reason = row.reason
            payout.save()
            (ledger.settled if row.status == Status.SETTLED else ledger.failed)([payout])
    if row.status == Status.SETTLED:
        perform("refund", case_id=payout.case_id, actor=actor)
    if not definite and final and payout.state != Payout.State.UNKNOWN:
        with recorded(actor, applying.LOST, "lose_track"):
            payout.lose_track()
            payout.save()


def _close(batch: RefundBatch, rows: list[ResultRow], actor: Actor) -> None:
    missing = {row.payout_id for row in rows if row.status == Status.MISSING}
    payouts = list(batch.payouts.all())
    if not any(payout.state in Payout.ON_ITS_WAY for payout in payouts):
        if batch.state != State.RECONCILED:
            with recorded(actor, applying.COMPLETE, "reconcile"):
                batch.reconcile()
                batch.save()
    elif batch.state == State.SENT and not missing.intersection(p.number for p in payouts):
        with recorded(actor, applying.TAKEN, "acknowledge"):
            batch.acknowledge()
            batch.save()
