"""Who has signed a batch, who still has to, and who may not."""

from collections.abc import Sequence

from django.db.models import Max
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from backoffice import clock
from backoffice.models import User
from backoffice.stepup import Proof, same_person
from refunds.models import BatchApproval, CheckingLimit, Payout, RefundBatch


def live(batch: RefundBatch) -> list[BatchApproval]:
    """The signatures that hold for the batch as it is sealed now, the first one first."""
    rows = batch.approvals.filter(voided_at=None, sha256=batch.sha256)
    return list(rows.select_related("checker").order_by("order"))


def needed(batch: RefundBatch) -> int:
    """How many have to sign: two above the limits in force, and where a currency has none."""
    limit = CheckingLimit.objects.on(localdate(clock.now())).filter(currency=batch.currency).first()
    largest = batch.payouts.aggregate(largest=Max("amount"))["largest"] or 0
    if limit is None or batch.total > limit.batch_amount or largest > limit.line_amount:
        return 2
    return 1


def objection(batch: RefundBatch, user: User, signed: Sequence[BatchApproval]) -> str:
    """Why ``user`` may not sign this batch, as a sentence; empty where they may."""
    if same_person(batch.maker, user):
        return _("You built this batch, so somebody else has to release it.")
    if any(same_person(row.checker, user) for row in signed):
        return _(
            "You have signed this batch already. Another person has to give the second signature."
        )
    inside = batch.payouts.values("pk")
    changed = Payout.history.filter(id__in=inside, action__in=("redirect", "retry"))
    if changed.filter(history_user__person=user.person).exists():
        return _(
            "You queued one of these payouts again, or changed where it goes, so somebody else has to "
            "check it."
        )
    return ""


def sign(
    batch: RefundBatch, user: User, signed: Sequence[BatchApproval], proof: Proof
) -> BatchApproval:
    """Write the next signature, inside the caller's frame and under the batch's lock."""
    return BatchApproval.objects.create(
        batch=batch,
        order=len(signed) + 1,
        checker=user,
        person=user.person,
        maker_person=batch.maker.person,
        sha256=batch.sha256,
        proof=proof.how,
        at=clock.now(),
    )


def void(batch: RefundBatch, why: str) -> None:
    """What was signed does not hold any more; ``why`` is a constant sentence."""
    for row in batch.approvals.filter(voided_at=None):
        row.voided_at, row.void_reason = clock.now(), why
        row.save()
