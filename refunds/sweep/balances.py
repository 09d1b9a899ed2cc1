"""What is left to refund, for many orders at once: the set-based side of ``refunds.caps``."""

from collections.abc import Collection
from decimal import Decimal

from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Abs, Coalesce
from django.db.models.lookups import LessThan

from backoffice.among import Among
from backoffice.money import ZERO
from orders.models import Payment
from refunds.models import CaseLine, Kind, RefundCase

# SQLite adds up in floating point; no money differs by less than a hundredth.
LESS_THAN_MONEY = Decimal("0.001")
LINE_PAID = F("order_line__quantity") * F("order_line__unit_price") - F("order_line__discount")

_PARTS = Subquery(
    CaseLine.objects.filter(case=OuterRef("pk"))
    .order_by()
    .values("case")
    .values(sum=Sum("amount_requested"))
)
# Cases whose lines and freight add up to what was requested.
EVEN = LessThan(
    Abs(F("amount_requested") - F("freight_requested") - Coalesce(_PARTS, ZERO)), LESS_THAN_MONEY
)


def overdrawn(order_ids: Collection[int]) -> set[int]:
    """Orders of which more was paid, is in flight or asked for than the buyer paid for.

    Looks at each line's pieces and money, the freight, and the order as a whole. What a case asks for
    counts already, so a case of any other order fits.
    """
    return set(_by_line(order_ids)) | set(_in_all(order_ids))


def _by_line(order_ids: Collection[int]) -> QuerySet:
    live = CaseLine.objects.filter(
        Among("case__order", order_ids), case__state__in=RefundCase.LIVE
    ).order_by()
    taken = live.values("case__order", "order_line").annotate(
        pieces=Sum("quantity", filter=~Q(case__kind=Kind.COMPENSATION), default=0),
        money=Sum(
            Coalesce("amount_approved", "amount_requested"),
            filter=Q(case__in_money=True),
            default=ZERO,
        ),
    )
    more = Q(pieces__gt=F("order_line__quantity")) | Q(money__gt=LINE_PAID + LESS_THAN_MONEY)
    return taken.filter(more).values_list("case__order", flat=True)


def _in_all(order_ids: Collection[int]) -> QuerySet:
    live = RefundCase.objects.filter(
        Among("order", order_ids), state__in=RefundCase.LIVE, in_money=True
    ).order_by()
    paid = Subquery(
        Payment.objects.filter(order=OuterRef("order"))
        .order_by()
        .values("order")
        .values(sum=Sum("amount"))
    )
    taken = live.values("order").annotate(
        freight=Sum(Coalesce("freight_approved", "freight_requested")),
        total=Sum(Coalesce("amount_approved", "amount_requested")),
    )
    more = Q(freight__gt=F("order__freight") + LESS_THAN_MONEY) | Q(
        total__gt=Coalesce(paid, ZERO) + LESS_THAN_MONEY
    )
    return taken.filter(more).values_list("order", flat=True)
