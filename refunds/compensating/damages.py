"""The cap of damages: they are paid on top of what the buyer paid, so they have a cap of their own.

Statutory damages are owed once for each piece that was bought; liquidated damages count with all
other compensation of the order (``limits``). The caller holds the order's lock.
"""

from collections.abc import Iterable

from django.db.models import Sum
from django.utils.translation import gettext as _

from orders.models import Order
from refunds.caps import Claim
from refunds.compensating.kinds import fixed_by_law, type_of
from refunds.exceptions import RefundExceedsBalance
from refunds.models import CaseLine, Compensation, RefundCase


def check(
    order: Order, *, kind: str, claims: Iterable[Claim], without: RefundCase | None = None
) -> None:
    """Raise ``RefundExceedsBalance`` for pieces whose statutory damages another case claims."""
    if not fixed_by_law(kind):
        return
    taken = _taken(order, without)
    for claim in claims:
        left = claim.line.quantity - taken.get(claim.line.pk, 0)
        if claim.quantity > left:
            raise RefundExceedsBalance(
                _(
                    "Line %(line)s: statutory damages are owed once for each piece, and only %(left)d "
                    "of the %(bought)d bought are left."
                )
                % {"line": claim.line, "left": max(left, 0), "bought": claim.line.quantity}
            )


def check_again(case: RefundCase) -> None:
    """The same for a case that is about to be decided."""
    claims = [
        Claim(line.order_line, line.quantity, line.amount_requested)
        for line in case.lines.select_related("order_line")
    ]
    check(case.order, kind=type_of(case), claims=claims, without=case)


def _taken(order: Order, without: RefundCase | None) -> dict[int, int]:
    cases = RefundCase.objects.filter(
        order=order, state__in=RefundCase.LIVE, compensations__type__in=Compensation.STATUTORY
    )
    if without is not None:
        cases = cases.exclude(pk=without.pk)
    lines = CaseLine.objects.filter(case__in=cases).order_by()
    return dict(lines.values_list("order_line").annotate(taken=Sum("quantity")))
