"""The bank's answers: a file is checked, shown, and then applied as a whole or not at all.

Locks are taken in the order batch, orders, cases, payouts – the same everywhere, orders by their
id – so that two files, or a file and a retry, cannot wait for each other.
"""

from collections.abc import Iterable
from typing import Any, BinaryIO

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from backoffice import clock
from backoffice.actors import Actor
from backoffice.audit.bulk import update_many
from backoffice.audit.recording import recorded
from backoffice.audit.timeline import register_action_labels
from backoffice.bulk import runs
from backoffice.bulk.jobs import Findings, actor_of, keep_lease, key_of
from backoffice.bulk.progress import WRITING, report
from backoffice.exceptions import BadInput, NotAllowed, NotFound
from orders.models import Order
from refunds import ledger
from refunds.answers import SETTLED, Answer, Verdict, figures, judge
from refunds.batches import in_state, lock, payouts_of
from refunds.models import Payout, RefundBatch, RefundCase, ResultImport
from refunds.workflow import perform

State = RefundBatch.State
ANSWERED = gettext_noop("The bank's result file says so.")
COMPLETE = gettext_noop("The bank has answered every payout of this batch.")
REFUSED = gettext_lazy(
    "%(count)d problems were found in this file, so nothing of it can be applied. "
    "Mend the rows below, or ask the bank for the right file."
)
PERMISSION = "refunds.import_results"
STEP = 25  # cases between two signs of life
register_action_labels(
    {
        "answer": gettext_lazy("Answered by the bank"),
        "reconcile": gettext_lazy("Answered in full"),
    }.get
)


def bring_result(*, batch_id: int, file: BinaryIO, name: str, actor: Actor) -> ResultImport:
    """Keep the bank's file for a batch and have it checked.

    Raises ``WrongState`` unless the batch was sent, ``BadInput`` for an empty or huge file and for
    one that was applied before.
    """
    with transaction.atomic():
        batch = lock(batch_id, actor, PERMISSION)
        in_state(batch, *RefundBatch.OUT)
        run = runs.bring(ResultImport, file=file, name=name, actor=actor, batch=batch)
        _check_first_time(run)
    return run


def confirm_result(*, run_id: int, actor: Actor) -> ResultImport:
    """Have a checked file applied, as its preview said."""
    return runs.confirm(_own(run_id, actor), actor=actor)


def cancel_result(*, run_id: int, actor: Actor) -> ResultImport:
    """Drop a file that was not applied."""
    return runs.cancel(_own(run_id, actor), actor=actor)


def _own(run_id: int, actor: Actor) -> ResultImport:
    run = ResultImport.objects.visible_to(actor.user).filter(pk=run_id).first()
    if run is None:
        raise NotFound
    if not actor.user.has_perm(PERMISSION, run):
        raise NotAllowed
    return run


def check_result(run: ResultImport) -> Findings:
    """What the file would do. Raises ``BadInput``, its problems kept, when anything does not fit."""
    _check_first_time(run)
    batch = RefundBatch.objects.select_related("store").get(pk=run.batch_id)
    in_state(batch, *RefundBatch.OUT)
    verdict = _judge(run, batch, list(batch.payouts.order_by("queued_at", "pk")))
    if verdict.problem_count:
        _keep_problems(run, verdict)
        raise BadInput(REFUSED % {"count": verdict.problem_count})
    return Findings(counts=figures(verdict, batch))


def apply_result(run: ResultImport) -> dict[str, Any]:
    """Settle and fail the payouts, and refund the cases, inside the caller's transaction.

    Everything is judged again under the locks: what the preview showed may be old by now.
    """
    actor = actor_of(run)
    batch = lock(run.batch_id, actor, PERMISSION)
    in_state(batch, *RefundBatch.OUT)
    _check_first_time(run)
    _lock_cases(batch)
    payouts = payouts_of(batch)
    verdict = _judge(run, batch, payouts)
    if verdict.problem_count:
        raise BadInput(
            _(
                "This file no longer fits to what the desk knows. Bring it again to see what differs."
            )
        )
    settled = _answer(payouts, verdict.news, actor)
    _refund(run, settled, actor)
    _reconcile(batch, payouts, actor)
    return figures(verdict, batch)


def _check_first_time(run: ResultImport) -> None:
    if runs.twin_of(run, batch=run.batch_id) is not None:
        raise BadInput(
            _("This very file was applied before, so applying it again would change nothing.")
        )


def _judge(run: ResultImport, batch: RefundBatch, payouts: list[Payout]) -> Verdict:
    with run.file.open("rb") as file:
        return judge(file.file, batch, payouts)


def _keep_problems(run: ResultImport, verdict: Verdict) -> None:
    with transaction.atomic():
        run.problems.all().delete()
        for problem in verdict.problems:
            problem.run = run
        run.problems.bulk_create(verdict.problems)


def _lock_cases(batch: RefundBatch) -> None:
    cases = RefundCase.objects.filter(payouts__batch=batch)
    orders = Order.objects.filter(pk__in=cases.values("order"))
    list(orders.select_for_update(of=("self",)).order_by("pk").values_list("pk"))
    locked = RefundCase.objects.filter(pk__in=cases.values("pk"))
    list(locked.select_for_update(of=("self",)).order_by("pk").values_list("pk"))


def _answer(payouts: Iterable[Payout], news: dict[int, Answer], actor: Actor) -> list[Payout]:
    """Write the answers on the payouts; gives those whose money arrived."""
    answered = [payout for payout in payouts if payout.pk in news]
    settled, refused = [], []
    for payout in answered:
        answer = news[payout.pk]
        payout.bank_reason = answer.reason
        if answer.status == SETTLED:
            payout.settle()
            payout.settled_at = clock.now()
            settled.append(payout)
        else:
            payout.fail()
            refused.append(payout)
    with recorded(actor, ANSWERED, "answer"):
        update_many(answered, ["state", "bank_reason", "settled_at"])
        ledger.settled(settled)
        ledger.failed(refused)
    return settled


def _refund(run: ResultImport, settled: list[Payout], actor: Actor) -> None:
    for done, payout in enumerate(settled):
        if done % STEP == 0:
            keep_lease(run)
            report(key_of(run), step=WRITING, done=done, total=len(settled))
        perform("refund", case_id=payout.case_id, actor=actor)


def _reconcile(batch: RefundBatch, payouts: list[Payout], actor: Actor) -> None:
    """Close the batch once every payout has a definite answer."""
    answers = {Payout.State.SETTLED, Payout.State.FAILED, Payout.State.RETURNED}
    if (
        batch.state in (State.SENT, State.ACKNOWLEDGED)
        and {payout.state for payout in payouts} <= answers
    ):
        with recorded(actor, COMPLETE, "reconcile"):
            batch.reconcile()
            batch.save()
