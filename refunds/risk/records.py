"""What a buyer's own cases of the last 90 days say. No figure comes from another store."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import Q

from backoffice.money import ZERO
from orders.models import Order
from refunds.models import Dispute, Kind, RefundCase, State

WINDOW = timedelta(days=90)
PAID = (State.REVIEWED, State.REFUNDED)


@dataclass(frozen=True)
class Record:
    """Counts over the 90 days before an instant; ``refunded`` is money in the store's currency."""

    orders: int = 0
    orders_with_case: int = 0
    cases: int = 0
    refund_only: int = 0
    return_refund: int = 0
    exchange: int = 0
    compensation: int = 0
    refunded: Decimal = ZERO
    withdrawn: int = 0
    abuse: int = 0
    disputes_lost: int = 0

    @property
    def share(self) -> int:
        """How many of a hundred orders came with a case."""
        return round(100 * self.orders_with_case / self.orders) if self.orders else 0


class Seen(NamedTuple):
    """An order of the buyer, and one of its cases with one of its disputes, where there are any."""

    order: int
    placed_at: datetime
    store_currency: str
    case: int | None
    kind: str
    state: str
    requested_at: datetime
    merged_into: int | None
    in_money: bool
    currency: str
    approved: Decimal | None
    abuse: bool | None
    verdict: str | None
    appeal_verdict: str | None

    @property
    def lost(self) -> bool:
        """Whether the dispute ended for the merchant."""
        return (self.appeal_verdict or self.verdict) == Dispute.Verdict.MERCHANT


COLUMNS = (
    "pk",
    "placed_at",
    "store__currency",
    "cases__pk",
    "cases__kind",
    "cases__state",
    "cases__requested_at",
    "cases__merged_into",
    "cases__in_money",
    "cases__currency",
    "cases__amount_approved",
    "cases__reject_code__supervisor_only",
    "cases__disputes__verdict",
    "cases__disputes__appeal_verdict",
)


def lately(at: datetime) -> Q:
    """Orders that were placed, or asked about, in the 90 days that end ``at``."""
    since = at - WINDOW
    return Q(placed_at__gt=since, placed_at__lte=at) | Q(
        cases__requested_at__gt=since, cases__requested_at__lte=at
    )


def record_of(order: Order, *, at: datetime, without: RefundCase | None = None) -> Record:
    """The record of the order's buyer in the 90 days that end ``at``, in one query.

    ``without`` is a case to leave out; merged duplicates are not counted. A buyer whom nobody knows
    has an empty record.
    """
    if order.buyer_id is None:
        return Record()
    orders = Order.objects.filter(lately(at), buyer=order.buyer_id, store=order.store_id).order_by()
    rows = [Seen(*row) for row in orders.values_list(*COLUMNS)]
    return count(rows, at, left_out=without.pk if without else None)


def count(seen: Sequence[Seen], at: datetime, *, left_out: int | None = None) -> Record:
    """What ``seen`` of one buyer adds up to in the 90 days that end ``at``."""
    since = at - WINDOW
    rows = [
        row
        for row in seen
        if row.case not in (None, left_out)
        and row.merged_into is None
        and since < row.requested_at <= at
    ]
    placed = {row.order for row in seen if since < row.placed_at <= at}
    cases = {row.case: row for row in rows}.values()
    kinds = Counter(row.kind for row in cases)
    rejected = [row for row in cases if row.state == State.REJECTED]
    paid = [row for row in cases if row.state in PAID and row.in_money]
    return Record(
        orders=len(placed),
        orders_with_case=len(placed & {row.order for row in rows}),
        cases=len(cases),
        refunded=sum(
            (row.approved or ZERO for row in paid if row.currency == row.store_currency), ZERO
        ),
        withdrawn=sum(row.state == State.WITHDRAWN for row in cases),
        abuse=sum(bool(row.abuse) for row in rejected),
        disputes_lost=len({row.case for row in rows if row.lost}),
        **{kind.value: kinds[kind.value] for kind in Kind},
    )


def freeze(record: Record) -> dict[str, Any]:
    """The record as a case keeps it."""
    return {**vars(record), "refunded": str(record.refunded)}


def thaw(figures: dict[str, Any]) -> Record:
    """The record that a case kept; what it does not know is zero."""
    known = {field.name: figures[field.name] for field in fields(Record) if field.name in figures}
    return Record(**{**known, "refunded": Decimal(known.get("refunded", "0"))})
