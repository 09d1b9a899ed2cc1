"""The records of many buyers at once, while cases of theirs are being opened one after the other."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime

from backoffice.among import Among
from orders.models import Order
from refunds.models import RefundCase
from refunds.risk.records import COLUMNS, Record, Seen, count, freeze, lately
from refunds.risk.signs import level


class Buyers:
    """What some buyers of one store did, read in one query; each case noted counts for the next one."""

    def __init__(self, store_id: int, buyers: Collection[int], at: datetime) -> None:
        self.at = at
        self.seen: dict[int, list[Seen]] = defaultdict(list)
        orders = Order.objects.filter(lately(at), Among("buyer", buyers), store=store_id).order_by()
        for buyer, *row in orders.values_list("buyer", *COLUMNS):
            self.seen[buyer].append(Seen(*row))

    def note(self, case: RefundCase) -> None:
        """Keep on a new case how much care it deserves, and the figures that say so."""
        buyer = case.order.buyer_id
        record = Record() if buyer is None else count(self.seen[buyer], self.at)
        case.risk, case.risk_figures = level(record), freeze(record)
        if buyer is not None:
            self.seen[buyer].append(_as_seen(case))


def _as_seen(case: RefundCase) -> Seen:
    """A case that is not written yet, as the next reading would find it."""
    return Seen(
        order=case.order_id,
        placed_at=case.order.placed_at,
        store_currency=case.store.currency,
        case=-id(case),
        kind=case.kind,
        state=case.state,
        requested_at=case.requested_at,
        merged_into=None,
        in_money=case.in_money,
        currency=case.currency,
        approved=None,
        abuse=None,
        verdict=None,
        appeal_verdict=None,
    )
