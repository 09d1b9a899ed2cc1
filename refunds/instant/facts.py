"""What a rule looks at: the request, what was shown, and the buyer's record."""

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import QuerySet

from backoffice import clock
from orders.models import Order, Shipment
from refunds import risk
from refunds.models import Evidence, Party, RefundCase, Risk, Stage

PARCELS = 20  # how many parcels are looked at to know whether a store tells when goods are picked


@dataclass(frozen=True)
class Facts:
    """One request as rules see it. ``refund_only`` is ``None`` for a buyer whom nobody knows.

    ``picked`` is ``None`` where nobody tells: a store that never says when goods are picked cannot
    know that they are not.
    """

    amount: Decimal
    currency: str
    store_currency: str
    photo: bool = False
    refund_only: int | None = 0
    risk: str = Risk.LOW
    picked: bool | None = None


def gather(case: RefundCase) -> Facts:
    """The facts about a case as they are now; the case itself does not count in the record."""
    record = risk.record_of(case.order, at=clock.now(), without=case)
    return Facts(
        amount=case.amount_requested,
        currency=case.currency,
        store_currency=case.store.currency,
        photo=photos(case.evidence.all()).exists(),
        refund_only=None if case.order.buyer_id is None else record.refund_only,
        risk=risk.level(record),
        picked=picked(case),
    )


def photos(evidence: QuerySet[Evidence]) -> QuerySet[Evidence]:
    """The pictures that the buyer showed."""
    return evidence.filter(party=Party.BUYER, content_type__startswith="image/")


def picked(case: RefundCase) -> bool | None:
    """Whether the goods have left the shelf; ``None`` where nobody tells."""
    order = case.order
    if order.picked_at is not None or order.stage != Stage.NOT_SHIPPED:
        return True
    return False if tells_picking(order) else None


def tells_picking(order: Order) -> bool:
    """Whether the order's store says when goods are picked: it did for a parcel that left lately."""
    left = Shipment.objects.filter(order__store=order.store_id, shipped_at__isnull=False)
    latest = left.order_by("-pk").values_list("order__picked_at", flat=True)[:PARCELS]
    return any(latest)
