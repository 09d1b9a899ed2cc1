"""What is staged, held against what the desk knows: by the database, whatever the number of rows.

One look at everything costs one pass over the file. Only where something does not fit is each rule asked
by itself, to say of every row what is wrong with it (``refunds.results.objecting``).
"""

from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import Count, F, Q, Sum

from backoffice.money import ZERO
from refunds.models import Payout, ResultImport, ResultRow
from refunds.results.staging import rows_of

State, Status = Payout.State, ResultRow.Status
OPEN = Q(payout__state__in=Payout.ON_ITS_WAY)
# Delivered again: the bank has said the very same before, and money that came back had arrived.
SAME = Q(status=Status.SETTLED, payout__state__in=(State.SETTLED, State.RETURNED)) | Q(
    status=Status.FAILED, payout__state=State.FAILED
)
CENT = Decimal("0.01")  # SQLite adds up in floating point
AS_SENT = Q(elsewhere=False)
SAME_MONEY = Q(payout__currency=F("currency"), payout__amount=F("amount"))


@dataclass
class Judgement:
    """What applying the file would do, by status: how many rows, for how much; and whether all fit."""

    counts: dict[str, int] = field(default_factory=dict)
    totals: dict[str, Decimal] = field(default_factory=dict)
    unchanged: int = 0
    fits: bool = True


def judge(run: ResultImport) -> Judgement:
    """One look at all staged rows, as the database stands now."""
    judgement = Judgement(dict.fromkeys(Status.values, 0), dict.fromkeys(Status.values, ZERO))
    groups = rows_of(run).order_by().values("status")
    for group in groups.annotate(
        rows=Count("pk"),
        fitting=Count("pk", filter=_fits(run)),
        news=Count("pk", filter=OPEN),
        total=Sum("amount", filter=OPEN, default=ZERO),
    ):
        judgement.counts[group["status"]] = group["news"]
        judgement.totals[group["status"]] = group["total"].quantize(CENT)
        judgement.unchanged += group["fitting"] - group["news"]
        judgement.fits = judgement.fits and group["fitting"] == group["rows"]
    return judgement


def batches_of(run: ResultImport) -> list[int]:
    """The batches that the file's rows are about, of this store."""
    named = rows_of(run).filter(own(run)).order_by()
    return sorted(named.values_list("payout__batch", flat=True).distinct())


def own(run: ResultImport) -> Q:
    """Rows about payouts that the file may speak of: of its batch, or else of its store's batches.

    What a gateway sends is for its provider to answer.
    """
    if run.batch_id:
        return Q(payout__batch=run.batch_id, payout__batch__gateway=None)
    return Q(payout__batch__store=run.store_id, payout__batch__gateway=None)


def _fits(run: ResultImport) -> Q:
    return own(run) & SAME_MONEY & AS_SENT & (OPEN | SAME)


def duplicated(run: ResultImport) -> bool:
    """Whether a payout is named twice."""
    numbers = rows_of(run).order_by().values("payout").annotate(times=Count("pk"))
    return numbers.filter(times__gt=1).exists()


def one_currency(run: ResultImport) -> bool:
    """Whether all rows are in the same currency."""
    return len(rows_of(run).order_by().values_list("currency").distinct()[:2]) < 2
