"""Orders written in sets: compared with what is there, then a handful of statements per batch."""

from collections.abc import Collection, Sequence
from typing import Any

from backoffice.audit.bulk import create_many
from backoffice.privacy.fields import seal_fields, seal_rows
from backoffice.privacy.keys import clear_all, keyring, lost
from backoffice.sentences import sentence as _
from merchants.models import Store
from orders.loading.fields import CellError
from orders.loading.grouping import Draft
from orders.loading.outcome import PREVIEW, Outcome
from orders.loading.rows import Reader
from orders.models import Buyer, Order, OrderLine, Payment, Shipment


class Writer:
    """Writes the orders of one store; call it inside ``recorded``."""

    def __init__(self, *, store: Store, reader: Reader, outcome: Outcome) -> None:
        self.store = store
        self.reader = reader
        self.outcome = outcome
        self.buyers: dict[str, int] = {}

    def write(self, drafts: Sequence[Draft]) -> None:
        """Create the orders that are new; count those that are there; report those that differ."""
        self.create(self.compare(drafts))

    def compare(self, drafts: Sequence[Draft]) -> list[Draft]:
        """The orders that are new, counted as used; writes nothing."""
        with keyring():  # the keys of all whose orders are there, together
            existing = self._existing(drafts)
            erased, fresh = _erased(existing.values()), []
            for draft in drafts:
                order = existing.get(draft.number)
                if order is None:
                    fresh.append(draft)
                elif order.pk in erased or _same(order, draft):
                    self.outcome.unchanged += len(draft.rows)
                    self.outcome.orders_unchanged += 1
                else:
                    self._report_difference(draft)
        self._count(fresh)
        return fresh

    def _existing(self, drafts: Sequence[Draft]) -> dict[str, Order]:
        orders = (
            Order.objects.filter(store=self.store, number__in=[draft.number for draft in drafts])
            .select_related("buyer")
            .prefetch_related("lines", "payments", "shipments")
        )
        return {order.number: order for order in orders}

    def _report_difference(self, draft: Draft) -> None:
        problem = CellError(
            "number",
            _("Order %(number)s is here already, with other content. Nothing of it was changed.")
            % {"number": draft.number},
        )
        self.outcome.refuse(self.reader.refuse(row, problem) for row in draft.rows)

    def create(self, drafts: Sequence[Draft]) -> None:
        """Write orders that are new, with all that belongs to them."""
        if not drafts:
            return
        self._ensure_buyers(drafts)
        orders = create_many([self._order(draft) for draft in drafts])
        pairs = list(zip(orders, drafts, strict=True))
        create_many([line for order, draft in pairs for line in _lines(order, draft)])
        payments = [payment for order, draft in pairs for payment in _payments(order, draft)]
        parcels = [parcel for order, draft in pairs for parcel in _parcels(order, draft)]
        seal_fields(
            [(row, "reference") for row in payments] + [(row, "tracking") for row in parcels]
        )
        create_many(payments)
        create_many(parcels)

    def _count(self, drafts: Sequence[Draft]) -> None:
        self.outcome.orders += len(drafts)
        self.outcome.used += sum(len(draft.rows) for draft in drafts)
        room = PREVIEW - len(self.outcome.preview)
        self.outcome.preview += [_preview(draft) for draft in drafts[: max(room, 0)]]

    def _ensure_buyers(self, drafts: Sequence[Draft]) -> None:
        """Know the id of every buyer of the batch, making those who are new."""
        wanted = {d.buyer: d for d in reversed(drafts) if d.buyer and d.buyer not in self.buyers}
        if not wanted:
            return
        known = Buyer.objects.filter(store=self.store, code__in=wanted).values_list("code", "pk")
        self.buyers.update(known)
        fresh = [
            Buyer(store=self.store, code=code, name=draft.buyer_name, country=draft.country)
            for code, draft in wanted.items()
            if code not in self.buyers
        ]
        seal_rows(fresh, "name")
        self.buyers.update((buyer.code, buyer.pk) for buyer in create_many(fresh))

    def _order(self, draft: Draft) -> Order:
        return Order(
            store=self.store,
            number=draft.number,
            buyer=self._buyer(draft.buyer),
            currency=draft.currency,
            freight=draft.freight,
            placed_at=draft.placed_at,
        )

    def _buyer(self, code: str) -> Buyer | None:
        """As much of the buyer as says whose the order's data are."""
        pk = self.buyers.get(code)
        return Buyer(pk=pk, store=self.store, code=code) if pk else None


def _lines(order: Order, draft: Draft) -> list[OrderLine]:
    return [
        OrderLine(
            order=order,
            position=position,
            sku=line.sku,
            title=line.title,
            category=line.category,
            quantity=line.quantity,
            unit_price=line.unit_price,
            discount=line.discount,
        )
        for position, line in enumerate(draft.articles, 1)
    ]


def _payments(order: Order, draft: Draft) -> list[Payment]:
    if draft.payment is None:
        return []
    reference, method, amount, paid_at = draft.payment
    return [
        Payment(order=order, reference=reference, method=method, amount=amount, paid_at=paid_at)
    ]


def _parcels(order: Order, draft: Draft) -> list[Shipment]:
    return [
        Shipment(
            order=order,
            carrier=carrier,
            tracking=tracking,
            shipped_at=shipped,
            delivered_at=delivered,
        )
        for carrier, tracking, shipped, delivered in draft.parcels
    ]


def _erased(orders: Collection[Order]) -> set[int]:
    """Those of somebody who was erased: nobody can tell any more what they held, and nothing comes back."""
    told = [(order.pk, row.reference) for order in orders for row in order.payments.all()]
    told += [(order.pk, row.tracking) for order in orders for row in order.shipments.all()]
    gone = lost(value for _pk, value in told)
    return {pk for (pk, _value), is_gone in zip(told, gone, strict=True) if is_gone}


def _same(order: Order, draft: Draft) -> bool:
    """Whether the order in the database is what the file has. Parcels count where the file has any."""
    payments, shipments = list(order.payments.all()), list(order.shipments.all())
    references = clear_all([p.reference for p in payments])
    paid = [
        (reference, p.method, p.amount, p.paid_at)
        for reference, p in zip(references, payments, strict=True)
    ]
    articles = sorted(
        (line.sku, line.title, line.category, line.quantity, line.unit_price, line.discount)
        for line in order.lines.all()
    )
    content: tuple[Any, ...] = (
        order.placed_at,
        order.currency,
        order.buyer.code if order.buyer else "",
        order.freight,
        paid[0] if paid else None,
        articles,
    )
    numbers = clear_all([s.tracking for s in shipments])
    parcels = sorted(
        (
            (s.carrier, number, s.shipped_at, s.delivered_at)
            for number, s in zip(numbers, shipments, strict=True)
        ),
        key=str,
    )
    return (
        len(payments) <= 1
        and content == draft.content
        and (not draft.parcels or parcels == list(draft.parcels))
    )


def _preview(draft: Draft) -> dict[str, Any]:
    return {
        "number": draft.number,
        "placed_at": draft.placed_at.isoformat(),
        "buyer": draft.buyer,  # never the name: it would be kept with the run, for good
        "lines": len(draft.articles),
        "freight": str(draft.freight),
        "total": str(draft.total),
        "currency": draft.currency,
    }
