"""From lines to orders: the rows of one number, put together once the last of them was read."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from backoffice.money import LIMIT, ZERO
from backoffice.sentences import sentence as _
from orders.loading.fields import CellError
from orders.loading.rows import Line, Reader, Refusal

# A channel stamps the lines of one order as they are keyed in: invoice 536591 of the well-known
# sample has two minutes. Further apart than this they are not one order.
SAME_ORDER = timedelta(hours=1)
DEFAULT_METHOD = "channel"


@dataclass(frozen=True, slots=True)
class Draft:
    """An order as the file has it, ready to be compared and written."""

    number: str
    placed_at: datetime
    currency: str
    buyer: str
    buyer_name: str
    country: str
    freight: Decimal
    articles: tuple[Line, ...]
    payment: tuple[str, str, Decimal, datetime] | None  # reference, method, amount, paid at
    parcels: tuple[tuple[str, str, datetime | None, datetime | None], ...]
    rows: tuple[int, ...]

    @property
    def total(self) -> Decimal:
        """Goods and freight, in ``currency``."""
        return self.freight + sum((line.amount for line in self.articles), ZERO)

    @property
    def content(self) -> tuple[Any, ...]:
        """What makes two orders of one number the same; parcels are compared apart."""
        articles = sorted(
            (line.sku, line.title, line.category, line.quantity, line.unit_price, line.discount)
            for line in self.articles
        )
        return (self.placed_at, self.currency, self.buyer, self.freight, self.payment, articles)


def gather(lines: Iterable[Line], last_rows: dict[str, int]) -> Iterator[list[Line]]:
    """The lines of each order, given out as soon as its last row came: few are held at a time."""
    waiting: dict[str, list[Line]] = {}
    for line in lines:
        waiting.setdefault(line.number, []).append(line)
        if line.row == last_rows[line.number]:
            yield waiting.pop(line.number)


def draft_of(lines: list[Line], reader: Reader) -> tuple[Draft | None, list[Refusal]]:
    """The order that ``lines`` make, and the rows that do not fit its first row.

    The first row decides date, buyer, currency, freight and payment; a row that says otherwise is
    refused and the others are used.
    """
    first = lines[0]
    refusals, fitting = [], []
    for line in lines:
        problem = _contradiction(first, line)
        if problem is None:
            fitting.append(line)
        else:
            refusals.append(reader.refuse(line.row, problem))
    draft = _draft(first, fitting, reader)
    if draft.total > LIMIT:
        problem = CellError("unit_price", _("The order adds up to more than any order can cost."))
        return None, refusals + [reader.refuse(line.row, problem) for line in fitting]
    return draft, refusals


def _contradiction(first: Line, line: Line) -> CellError | None:
    """How ``line`` contradicts the first row of its order, if it does."""
    if abs(line.placed_at - first.placed_at) > SAME_ORDER:
        return CellError("placed_at", _differs(first))
    for field in ("buyer", "currency"):
        if getattr(line, field) != getattr(first, field):
            return CellError(field, _differs(first))
    for field in ("freight", "payment", "method", "paid", "paid_at"):
        value = getattr(line, field)
        if value not in (None, "") and value != getattr(first, field):
            return CellError(field, _differs(first))
    return None


def _differs(first: Line) -> str:
    return _("This differs from row %(row)d of the same order, so the row is left out.") % {
        "row": first.row
    }


def _draft(first: Line, lines: list[Line], reader: Reader) -> Draft:
    articles = tuple(line for line in lines if not reader.is_freight(line.sku))
    freight = sum(
        (line.amount for line in lines if reader.is_freight(line.sku)), first.freight or ZERO
    )
    total = freight + sum((line.amount for line in articles), ZERO)
    paid = total if first.paid is None else first.paid
    payment = (
        first.payment or first.number,
        first.method or DEFAULT_METHOD,
        paid,
        first.paid_at or first.placed_at,
    )
    parcels = {(line.carrier, line.tracking, line.shipped_at, line.delivered_at) for line in lines}
    return Draft(
        number=first.number,
        placed_at=first.placed_at,
        currency=first.currency,
        buyer=first.buyer,
        buyer_name=first.buyer_name,
        country=first.country,
        freight=freight,
        articles=articles,
        payment=payment if paid > ZERO else None,
        parcels=tuple(sorted((parcel for parcel in parcels if any(parcel)), key=str)),
        rows=tuple(line.row for line in lines),
    )
