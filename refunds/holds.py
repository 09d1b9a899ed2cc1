"""What keeps somebody's data from being erased: whatever of a refund is not over."""

from collections.abc import Collection
from typing import Any

from django.db.models import F, QuerySet
from django.utils.translation import gettext_lazy as _

from orders.erasing import Hold
from refunds.models import Complaint, Difference, Dispute, Payout, RefundCase

FINISHED = (*Payout.OVER, Payout.State.SETTLED)


def _among(rows: QuerySet[Any], path: str, people: Collection[int]) -> set[int]:
    """Those of ``people`` whom some of ``rows`` are about; ``path`` leads to them."""
    return set(rows.filter(**{f"{path}__in": people}).values_list(F(path), flat=True))


def _with_open_cases(people: Collection[int], whose: str) -> set[int]:
    return _among(RefundCase.objects.filter(closed_at=None), f"order__{whose}", people)


def _with_open_payouts(people: Collection[int], whose: str) -> set[int]:
    rows = Payout.objects.exclude(state__in=FINISHED)
    return _among(rows, f"case__order__{whose}", people)


def _with_open_disputes(people: Collection[int], whose: str) -> set[int]:
    path = f"case__order__{whose}"
    disputes, complaints = (model.objects.filter(closed_at=None) for model in (Dispute, Complaint))
    return _among(disputes, path, people) | _among(complaints, path, people)


def _not_reconciled(people: Collection[int], whose: str) -> set[int]:
    rows = Difference.objects.filter(state__in=Difference.WAITING)
    return _among(rows, f"payout__case__order__{whose}", people)


HOLDS = (
    Hold(_("A case of this buyer is still open."), _with_open_cases),
    Hold(_("A payout to this buyer is still on its way."), _with_open_payouts),
    Hold(_("A dispute or a complaint of this buyer is still open."), _with_open_disputes),
    Hold(_("A payout to this buyer is not reconciled yet."), _not_reconciled),
)
