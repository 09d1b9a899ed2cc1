"""Which order a channel's cancellation cancels: the buyer's latest that still has the pieces.

A cancelled line belongs to the most recent order of the same buyer, placed before it, that has the
same SKU at the same unit price and enough pieces that were not cancelled yet.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import groupby
from typing import TypeVar

from django.db import transaction
from django.db.models import Sum
from django.utils.functional import Promise

from backoffice.actors import Actor
from backoffice.audit.bulk import create_many
from backoffice.exceptions import BackofficeError
from backoffice.sentences import sentence as _
from merchants.models import Store
from orders.cancellations import CancelledLine, hand_over
from orders.loading.fields import CellError
from orders.loading.outcome import Outcome
from orders.loading.rows import Line, Reader, Refusal
from orders.models import Cancellation, Order, OrderLine

CHUNK = 400  # values in one IN (…): SQLite takes 999
Key = tuple[str, str, Decimal]  # buyer, SKU, unit price
T = TypeVar("T")


@dataclass
class Sold:
    """An order line that could be meant, and how many of its pieces are left to cancel."""

    line_id: int
    order_id: int
    placed_at: datetime
    left: int


@dataclass
class Match:
    """A cancelled row and the pieces it takes, all of one order."""

    row: Line
    order_id: int
    taken: list[tuple[Sold, int]]


class Matcher:
    """Finds and hands over the cancellations of one file; call it inside ``recorded``.

    What cannot be told is ``refused``: kept here, because a rehearsal is taken back.
    """

    def __init__(self, *, store: Store, reader: Reader, outcome: Outcome, actor: Actor) -> None:
        self.store = store
        self.reader = reader
        self.outcome = outcome
        self.actor = actor
        self.sold: dict[Key, list[Sold]] = {}
        self.known: dict[str, dict[Key, int]] = {}
        self.parts: dict[str, int] = {}
        self.refused: list[Refusal] = []

    def hand_over(self, rows: Sequence[Line]) -> None:
        """Match every cancelled row and make its cancellation; report what cannot be told."""
        self.sold = self._sold_lines(rows)
        self._learn_known(rows)
        ordered = sorted(rows, key=lambda row: (row.placed_at, row.number, row.row))
        for number, group in groupby(ordered, key=lambda row: row.number):
            self._one_number(number, list(group))

    def _one_number(self, number: str, rows: list[Line]) -> None:
        matches = []
        for row in rows:
            if self._seen_before(row):
                self.outcome.unchanged += 1
            elif match := self._match(row):
                matches.append(match)
        matches.sort(key=lambda match: match.order_id)
        for order_id, group in groupby(matches, key=lambda match: match.order_id):
            self._one_order(number, order_id, list(group))

    def _seen_before(self, row: Line) -> bool:
        """Whether an earlier import took this row; each piece answers for one row only."""
        pool = self.known.get(row.number, {})
        key = _key(row)
        if pool.get(key, 0) < -row.quantity:
            return False
        pool[key] += row.quantity
        return True

    def _match(self, row: Line) -> Match | None:
        """Reserve the pieces of the latest order that has them; report the row when there is none."""
        if not row.buyer:
            self._refuse(
                row, "buyer", _("The cancellation names no buyer, so its order cannot be told.")
            )
            return None
        earlier = [sold for sold in self.sold.get(_key(row), []) if sold.placed_at <= row.placed_at]
        for order_id, group in groupby(earlier, key=lambda sold: sold.order_id):
            lines = list(group)
            if sum(sold.left for sold in lines) >= -row.quantity:
                return Match(row, order_id, _take(lines, -row.quantity))
        self._refuse(
            row,
            "sku",
            _("No earlier order of this buyer contains %(count)d × %(sku)s at %(price)s to cancel.")
            % {"count": -row.quantity, "sku": row.sku, "price": row.unit_price},
        )
        return None

    def _one_order(self, number: str, order_id: int, matches: list[Match]) -> None:
        """Hand over what one number cancels on one order: all of it, or the reason why not."""
        part = self.parts.get(number, 0) + 1
        try:
            with transaction.atomic():
                made = self._make(number, part, order_id, matches)
        except BackofficeError as error:
            for match in matches:
                _give_back(match)
                self._refuse(match.row, "number", error.message)
            return
        self.parts[number] = part
        if made:
            self.outcome.cancellations += 1
            self.outcome.cancelled += len(matches)
        else:
            self.outcome.unchanged += len(matches)

    def _make(self, number: str, part: int, order_id: int, matches: list[Match]) -> bool:
        pieces: dict[int, int] = defaultdict(int)
        for match in matches:
            for sold, count in match.taken:
                pieces[sold.line_id] += count
        moment = matches[0].row.placed_at
        made = hand_over(
            order=Order.objects.select_related("store").get(pk=order_id),
            lines=[CancelledLine(line_id, count) for line_id, count in pieces.items()],
            external_number=number if part == 1 else f"{number}/{part}",
            cancelled_at=moment,
            actor=self.actor,
        )
        create_many(
            [
                Cancellation(
                    order_line_id=line_id,
                    number=number,
                    part=part,
                    quantity=count,
                    cancelled_at=moment,
                )
                for line_id, count in pieces.items()
            ]
        )
        return made

    def _sold_lines(self, rows: Sequence[Line]) -> dict[Key, list[Sold]]:
        """The order lines that the rows could mean, latest order first, with what is left of them."""
        wanted = {_key(row) for row in rows if row.buyer}
        found: dict[Key, list[Sold]] = defaultdict(list)
        for buyers in _chunks(sorted({buyer for buyer, _sku, _price in wanted})):
            lines = OrderLine.objects.filter(order__store=self.store, order__buyer__code__in=buyers)
            values = lines.order_by("-order__placed_at", "-order_id", "position").values_list(
                "order__buyer__code",
                "sku",
                "unit_price",
                "pk",
                "order_id",
                "order__placed_at",
                "quantity",
            )
            for buyer, sku, price, pk, order_id, placed_at, quantity in values.iterator():
                if (buyer, sku, price) in wanted:
                    found[buyer, sku, price].append(Sold(pk, order_id, placed_at, quantity))
        self._subtract_cancelled([sold for group in found.values() for sold in group])
        return found

    def _subtract_cancelled(self, sold: Sequence[Sold]) -> None:
        for chunk in _chunks(sold):
            by_id = {entry.line_id: entry for entry in chunk}
            gone = Cancellation.objects.filter(order_line__in=by_id).values("order_line")
            for line_id, count in gone.annotate(n=Sum("quantity")).values_list("order_line", "n"):
                by_id[line_id].left -= count

    def _learn_known(self, rows: Sequence[Line]) -> None:
        """What earlier imports took under the same numbers."""
        for numbers in _chunks(sorted({row.number for row in rows})):
            taken = Cancellation.objects.filter(
                order_line__order__store=self.store, number__in=numbers
            )
            for number, part, buyer, sku, price, count in taken.values_list(
                "number",
                "part",
                "order_line__order__buyer__code",
                "order_line__sku",
                "order_line__unit_price",
                "quantity",
            ):
                pool = self.known.setdefault(number, defaultdict(int))
                pool[buyer, sku, price] += count
                self.parts[number] = max(part, self.parts.get(number, 0))

    def _refuse(self, row: Line, field: str, message: str | Promise) -> None:
        self.refused.append(self.reader.refuse(row.row, CellError(field, message)))


def _key(row: Line) -> Key:
    return row.buyer, row.sku, row.unit_price


def _take(lines: Sequence[Sold], count: int) -> list[tuple[Sold, int]]:
    taken = []
    for sold in lines:
        part = min(sold.left, count)
        if part > 0:
            sold.left -= part
            count -= part
            taken.append((sold, part))
    return taken


def _give_back(match: Match) -> None:
    for sold, count in match.taken:
        sold.left += count


def _chunks(values: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(values), CHUNK):
        yield values[start : start + CHUNK]
