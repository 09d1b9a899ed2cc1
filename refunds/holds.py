"""What keeps a buyer's data from being erased: whatever of a refund is not over."""

from collections.abc import Collection

from django.utils.translation import gettext_lazy as _

from orders.erasing import Hold
from refunds.models import Complaint, Difference, Dispute, Payout, RefundCase

BUYER = "order__buyer"
FINISHED = (*Payout.OVER, Payout.State.SETTLED)


def _with_open_cases(buyers: Collection[int]) -> set[int]:
    rows = RefundCase.objects.filter(order__buyer__in=buyers, closed_at=None)
    return set(rows.values_list(BUYER, flat=True))


def _with_open_payouts(buyers: Collection[int]) -> set[int]:
    rows = Payout.objects.filter(case__order__buyer__in=buyers).exclude(state__in=FINISHED)
    return set(rows.values_list(f"case__{BUYER}", flat=True))


def _with_open_disputes(buyers: Collection[int]) -> set[int]:
    found: set[int] = set()
    for model in (Dispute, Complaint):
        rows = model.objects.filter(case__order__buyer__in=buyers, closed_at=None)
        found |= set(rows.values_list(f"case__{BUYER}", flat=True))
    return found


def _not_reconciled(buyers: Collection[int]) -> set[int]:
    rows = Difference.objects.filter(
        payout__case__order__buyer__in=buyers, state__in=Difference.WAITING
    )
    return set(rows.values_list(f"payout__case__{BUYER}", flat=True))


HOLDS = (
    Hold(_("A case of this buyer is still open."), _with_open_cases),
    Hold(_("A payout to this buyer is still on its way."), _with_open_payouts),
    Hold(_("A dispute or a complaint of this buyer is still open."), _with_open_disputes),
    Hold(_("A payout to this buyer is not reconciled yet."), _not_reconciled),
)
