"""The parts of many orders, read in one query each."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from backoffice.among import Among
from orders.models import Order, OrderLine, Payment, Shipment

PARTS = {"lines": OrderLine, "payments": Payment, "shipments": Shipment}


def attach(orders: Sequence[Order]) -> None:
    """Let each order know its lines, payments and shipments: ``order.lines.all()`` asks nothing any more.

    ``prefetch_related`` does the same, but makes a query set for each of them, which takes longer
    than reading them all.
    """
    ids = [order.pk for order in orders]
    for name, model in PARTS.items():
        found: dict[int, list[Any]] = defaultdict(list)
        rows: Any = model.objects.filter(Among("order", ids))
        for part in rows.order_by("order", *(["position"] if model is OrderLine else []), "pk"):
            found[part.order_id].append(part)
        for order in orders:
            kept = order.__dict__.setdefault("_prefetched_objects_cache", {})
            kept[name] = found.get(order.pk, [])
