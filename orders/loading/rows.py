"""From a file's rows to checked lines, by a profile."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import BinaryIO, ClassVar, NamedTuple
from zoneinfo import ZoneInfo

from django.utils.functional import Promise

from backoffice.bulk.reading import Cell, Row, read_rows
from backoffice.clock import now
from backoffice.exceptions import BadInput
from backoffice.money import LIMIT, ZERO
from backoffice.sentences import sentence as _
from merchants.models import Store
from orders.loading import fields
from orders.loading.fields import AHEAD, FIELDS, REQUIRED, CellError
from orders.models import ImportProfile


@dataclass(frozen=True, slots=True)
class Line:
    """One usable row: an article or freight of an order, or (quantity below 0) of a cancellation."""

    row: int
    number: str
    placed_at: datetime
    sku: str
    title: str
    category: str
    quantity: int
    unit_price: Decimal
    discount: Decimal
    freight: Decimal | None
    currency: str
    buyer: str
    buyer_name: str
    country: str
    payment: str
    method: str
    paid: Decimal | None
    paid_at: datetime | None
    carrier: str
    tracking: str
    shipped_at: datetime | None
    delivered_at: datetime | None

    @property
    def amount(self) -> Decimal:
        """What the buyer paid for it."""
        return self.quantity * self.unit_price - self.discount


class Refusal(NamedTuple):
    """A row that cannot be used: the file's name of the field, and why."""

    row: int
    field: str | Promise
    message: str | Promise


class Reader:
    """Reads one store's order file by one profile, as a stream; may be read several times."""

    OPTIONAL_TEXTS: ClassVar = ("title", "category", "buyer", "buyer_name", "country", "payment",
                                "method", "carrier", "tracking")  # fmt: skip

    def __init__(self, *, profile: ImportProfile, store: Store) -> None:
        self.profile = profile
        self.mark = profile.decimal_mark
        self.zone = ZoneInfo(profile.time_zone)
        self.currency = profile.currency or store.currency
        self.latest = now() + AHEAD
        self.places: dict[str, int] = {}

    def read(self, file: BinaryIO) -> Iterator[Line | Refusal]:
        """Every row below the header, as a line or a refusal; raises ``BadInput`` for the file."""
        with closing(read_rows(file, separator=self.profile.separator)) as rows:
            self.places = self._find_columns(next(rows))
            for row in rows:
                try:
                    yield self._line(row)
                except CellError as problem:
                    yield self.refuse(row.number, problem)

    def refuse(self, row: int, problem: CellError) -> Refusal:
        """The problem, with the field named as the file names it."""
        column = self.profile.columns.get(problem.field)
        return Refusal(row, column or FIELDS[problem.field].label, problem.message)

    def is_cancellation(self, number: str) -> bool:
        """Whether an order number is that of a cancellation."""
        prefix = self.profile.cancellation_prefix
        return bool(prefix) and number.startswith(prefix)

    def is_freight(self, sku: str) -> bool:
        """Whether a line with this SKU is freight."""
        return sku in self.profile.freight_skus

    def _find_columns(self, header: Row) -> dict[str, int]:
        """Where each field of ours stands; raises ``BadInput`` when a needed one is missing."""
        names = [str(cell).strip() for cell in header.cells]
        columns = {field: column for field, column in self.profile.columns.items() if column}
        missing = [
            columns.get(field, field) for field in REQUIRED if columns.get(field) not in names
        ]
        if missing:
            raise BadInput(
                _(
                    "The column %(columns)s is missing. The header has: %(header)s. Is this the right profile?"
                )
                % {
                    "columns": ", ".join(f"“{name}”" for name in missing),
                    "header": ", ".join(name for name in names if name)[:200],
                }
            )
        twice = [column for column in columns.values() if names.count(column) > 1]
        if twice:
            raise BadInput(
                _("The column “%(column)s” is there twice. Remove one.") % {"column": twice[0]}
            )
        return {field: names.index(column) for field, column in columns.items() if column in names}

    def _line(self, row: Row) -> Line:
        def cell(field: str) -> Cell:
            place = self.places.get(field, -1)
            return row.cells[place] if 0 <= place < len(row.cells) else ""

        currency = fields.currency(cell("currency"), self.currency)
        texts = {field: fields.text(field, cell(field)) for field in self.OPTIONAL_TEXTS}
        sku = fields.needed("sku", cell("sku"))
        line = Line(
            row=row.number,
            number=fields.needed("number", cell("number")),
            placed_at=self._needed_moment("placed_at", cell("placed_at")),
            sku=sku,
            quantity=fields.quantity(cell("quantity"), self.mark),
            unit_price=self._price(cell("unit_price"), currency),
            discount=self._amount("discount", cell("discount"), currency) or ZERO,
            freight=self._amount("freight", cell("freight"), currency),
            currency=currency,
            paid=self._amount("paid", cell("paid"), currency),
            paid_at=self._moment("paid_at", cell("paid_at")),
            shipped_at=self._moment("shipped_at", cell("shipped_at")),
            delivered_at=self._moment("delivered_at", cell("delivered_at")),
            **{**texts, "title": texts["title"] or sku},
        )
        self._check(line)
        return line

    def _check(self, line: Line) -> None:
        """What no single cell shows."""
        cancels = self.is_cancellation(line.number)
        if line.quantity < 0 and not cancels:
            raise CellError(
                "quantity", _("The quantity is negative, but this is not a cancellation.")
            )
        if line.quantity > 0 and cancels:
            raise CellError(
                "quantity", _("A cancellation takes back: its quantity must be negative.")
            )
        if abs(line.quantity) * line.unit_price > LIMIT:
            raise CellError(
                "unit_price", _("Quantity times unit price is more than any order can cost.")
            )
        if line.discount > abs(line.quantity) * line.unit_price:
            raise CellError("discount", _("The discount is higher than the price of the line."))
        if line.shipped_at and line.shipped_at < line.placed_at:
            raise CellError("shipped_at", _("The order was shipped before it was placed."))
        if line.delivered_at and line.delivered_at < (line.shipped_at or line.placed_at):
            raise CellError("delivered_at", _("The order was delivered before it was shipped."))
        if line.paid == ZERO:
            raise CellError("paid", _("A payment of nothing is no payment. Leave the cell empty."))

    def _price(self, cell: Cell, currency: str) -> Decimal:
        price = self._amount("unit_price", cell, currency)
        if price is None:
            raise CellError("unit_price", _("This cell is empty, but the order needs it."))
        if price == ZERO:
            raise CellError("unit_price", _("The unit price is 0, so nothing was sold."))
        return price

    def _amount(self, field: str, cell: Cell, currency: str) -> Decimal | None:
        return fields.amount(field, cell, self.mark, currency) if cell != "" else None

    def _moment(self, field: str, cell: Cell) -> datetime | None:
        if cell == "":
            return None
        return fields.moment(field, cell, self.profile.date_format, self.zone, self.latest)

    def _needed_moment(self, field: str, cell: Cell) -> datetime:
        moment = self._moment(field, cell)
        if moment is None:
            raise CellError(field, _("This cell is empty, but the order needs it."))
        return moment
