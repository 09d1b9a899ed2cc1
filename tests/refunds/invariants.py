"""What is always true, whatever people, the timer and the bank did: asked of the database as it is."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise

from django.db.models import Q, Sum
from django.db.models.functions import Coalesce

from backoffice.audit.verify import verify
from orders.models import Order, Stock
from refunds.admin.cases.diagram import transitions
from refunds.batches.approvals import live
from refunds.batches.sealing import unbroken
from refunds.exemptions.checking import RETURNS, refusal_of
from refunds.ledger.balances import balances
from refunds.ledger.checking import findings
from refunds.models import (
    Account,
    CaseLine,
    Clock,
    Compensation,
    Complaint,
    Payout,
    RefundBatch,
    RefundCase,
    ReplacementLine,
    State,
)

MOVES = {(source, target) for source, _name, target in transitions()}
ZERO = Decimal(0)
# Damages are not taken from what the buyer paid: they have a cap of their own.
DAMAGES = Q(compensations__type__in=("fraud", "food", "liquidated", "advance"))


def broken() -> list[str]:
    """A sentence for every invariant that does not hold; nothing is better."""
    checks = (
        payouts,
        lines,
        ends,
        versions,
        clocks,
        batches,
        signatures,
        stock,
        decisions,
        findings,
        conserved,
        complaints,
        exempt,
    )
    return [sentence for check in checks for sentence in check()]


def payouts() -> Iterator[str]:
    """Σ of payouts that are not definitely failed ≤ what was paid for the order."""
    alive = Payout.objects.exclude(state__in=Payout.OVER)
    refunds = alive.exclude(case__in=RefundCase.objects.filter(DAMAGES).values("pk"))
    for order, total in refunds.order_by().values_list("case__order").annotate(s=Sum("amount")):
        paid = Order.objects.get(pk=order).paid
        if total > paid:
            yield f"Order {order}: {total} leaves, {paid} was paid."
    for case, _purpose, count in alive.order_by().values_list("case", "purpose").annotate(n=Sum(1)):
        if count > 1:
            yield f"Case {case} has {count} live payouts for one purpose."


def lines() -> Iterator[str]:
    """Per line and for the freight: no more money than was paid, no more pieces than were bought."""
    live = CaseLine.objects.filter(case__state__in=RefundCase.LIVE, case__in_money=True).exclude(
        case__in=RefundCase.objects.filter(DAMAGES).values("pk")
    )
    taken = (
        live.order_by()
        .values_list("order_line")
        .annotate(s=Sum(Coalesce("amount_approved", "amount_requested")))
    )
    by_line = dict(taken)
    for order in Order.objects.all():
        for line in order.lines.all():
            if by_line.get(line.pk, ZERO) > line.amount:
                yield f"Line {line.pk}: {by_line[line.pk]} of {line.amount}."
        freight = order.cases.filter(state__in=RefundCase.LIVE, in_money=True).aggregate(
            s=Sum(Coalesce("freight_approved", "freight_requested"))
        )["s"]
        if (freight or ZERO) > order.freight:
            yield f"Order {order.pk}: freight {freight} of {order.freight}."


def ends() -> Iterator[str]:
    """Refunded only with a settled payout; compensated only with what was given on record."""
    settled = Payout.objects.filter(state=Payout.State.SETTLED).values("case")
    for case in RefundCase.objects.filter(state=State.REFUNDED).exclude(pk__in=settled):
        yield f"{case} is refunded without a settled payout."
    given = Compensation.objects.filter(given_at__isnull=False).values("case")
    for case in RefundCase.objects.filter(state=State.COMPENSATED).exclude(pk__in=given):
        yield f"{case} is compensated with nothing given."


def versions() -> Iterator[str]:
    """Every row is its last version, every case has one per change, and only legal moves happened."""
    for finding in verify().findings:
        yield f"{finding.model} {finding.row} {finding.problem}"
    for case in RefundCase.objects.all():
        past = list(case.history.order_by("history_id"))
        if [version.version for version in past] != list(range(1, case.version + 1)):
            yield f"{case}: versions {[version.version for version in past]}."
        for before, after in pairwise(past):
            if before.state != after.state and (before.state, after.state) not in MOVES:
                yield f"{case} went from {before.state} to {after.state}."
        if not all(v.history_change_reason and v.actor_name for v in past):
            yield f"{case} changed without an actor or a reason."


def clocks() -> Iterator[str]:
    """One clock at most, with a name and an end; a case that waits for somebody has one."""
    for case in RefundCase.objects.all():
        if (case.due_at is None) != (case.clock == ""):
            yield f"{case}: clock “{case.clock}” ends at {case.due_at}."
        waits = case.state in (State.REQUESTED, State.AWAITING_RETURN, State.INSPECTING)
        if waits and case.clock not in Clock.values:
            yield f"{case} waits without a clock."
        over = case.state in (State.REFUNDED, State.COMPENSATED, State.WITHDRAWN)
        if over and (case.clock or case.closed_at is None):
            yield f"{case} is over, and still runs or has no end."


def batches() -> Iterator[str]:
    """A sealed batch holds what it says, and nothing frozen is in one."""
    for batch in RefundBatch.objects.exclude(state=RefundBatch.State.VOID):
        held = batch.payouts.aggregate(n=Sum(1), s=Sum("amount"))
        if (held["n"] or 0, held["s"] or ZERO) != (batch.count, batch.total):
            yield f"{batch}: {held} instead of {batch.count}, {batch.total}."
        for payout in batch.payouts.all():
            if (payout.method, payout.currency) != (batch.method, batch.currency):
                yield f"{payout} goes another way than its batch {batch}."
    for payout in Payout.objects.filter(frozen=True, batch__isnull=False):
        yield f"{payout} is frozen and in a batch."


def stock() -> Iterator[str]:
    """What was counted, less what is promised or sent, and with every sound piece that came back, once."""
    for row in Stock.objects.all():
        counted = row.history.earliest("history_id").on_hand
        ours = {"case__store": row.store_id, "order_line__sku": row.sku}
        came = CaseLine.objects.filter(**ours).exclude(case__state=State.INSPECTING)
        gone = ReplacementLine.objects.filter(
            replacement__case__store=row.store_id, replacement__cancelled_at=None, sku=row.sku
        )
        expected = (
            counted
            + (came.aggregate(n=Sum("accepted"))["n"] or 0)
            - (gone.aggregate(n=Sum("quantity"))["n"] or 0)
        )
        if row.on_hand != expected:
            yield f"{row}: {row.on_hand} on hand, and {expected} by the cases."


def signatures() -> Iterator[str]:
    """What was released was signed for its very hash, by people other than its maker."""
    early = (RefundBatch.State.DRAFT, RefundBatch.State.SEALED, RefundBatch.State.VOID)
    for batch in RefundBatch.objects.exclude(state__in=early).select_related("maker"):
        signed = live(batch)
        people = {row.checker.person for row in signed} | {batch.maker.person}
        if not signed or len(people) != len(signed) + 1:
            yield f"{batch} was released by {[str(row.checker) for row in signed]}."
        if not unbroken(batch, list(batch.payouts.all())):
            yield f"{batch} is not what was sealed."
    for batch in RefundBatch.objects.filter(state__in=("draft", "void")):
        if batch.approvals.filter(voided_at=None).exists():
            yield f"{batch} is {batch.state}, and signed."


def conserved() -> Iterator[str]:
    """No money appears or is lost: what stores and the platform gave is on its way or with buyers."""
    for currency in Account.objects.order_by().values_list("currency", flat=True).distinct():
        everything = sum(row.amount for row in balances(Account.objects.filter(currency=currency)))
        if everything != ZERO:
            yield f"{currency}: the accounts add up to {everything}."
    arrived = Payout.objects.filter(state=Payout.State.SETTLED).aggregate(s=Sum("amount"))["s"]
    held = sum(row.amount for row in balances(Account.objects.filter(kind=Account.Kind.BUYER)))
    if held != (arrived or ZERO):
        yield f"Buyers have {held} by the ledger, and {arrived} by the payouts."


def decisions() -> Iterator[str]:
    """What is entitled was decided by somebody, and never for more than was asked."""
    for case in RefundCase.objects.filter(amount_approved__isnull=False):
        if case.amount_approved > case.amount_requested:
            yield f"{case}: {case.amount_approved} approved of {case.amount_requested}."
        if not case.decided_by or case.decided_at is None:
            yield f"{case} is entitled by nobody."


def complaints() -> Iterator[str]:
    """One open complaint per case, due until it ends; late is with a supervisor, and waits no longer than it may."""
    for complaint in Complaint.objects.select_related("case__policy"):
        over = complaint.state in Complaint.OVER
        if over != (complaint.closed_at is not None) or over == (complaint.due_at is not None):
            yield f"{complaint} is {complaint.state}, due {complaint.due_at}."
        if complaint.deadlines != sorted(complaint.deadlines):
            yield f"{complaint} has its deadlines in disorder: {complaint.deadlines}."
        if bool(complaint.missed) != bool(complaint.escalated_at):
            yield f"{complaint} missed {complaint.missed} deadlines, escalated {complaint.escalated_at}."
        if complaint.paused > timedelta(hours=complaint.case.policy.complaint_wait_hours):
            yield f"{complaint} waited for the buyer for {complaint.paused}."


def exempt() -> Iterator[str]:
    """No goods that the law exempts are on their way back without a reason."""
    back = RefundCase.objects.filter(kind__in=RETURNS).exclude(
        state__in=(State.REQUESTED, State.REJECTED, State.WITHDRAWN, State.DISPUTED)
    )
    for case in back:
        if refusal := refusal_of(case):
            yield f"{case} is {case.state}: {refusal}"
