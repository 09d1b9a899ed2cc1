"""The fields of an order file: what they are called, and how a cell becomes a value.

Each ``parse`` raises ``CellError``: the field and a whole sentence.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from backoffice.bulk.cells import looks_like_formula
from backoffice.bulk.reading import Cell
from backoffice.money import KEPT, LIMIT, objection_to, too_fine
from backoffice.sentences import sentence as _

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
AHEAD = timedelta(days=1)
QUANTITY_LIMIT = 1_000_000
CENT = Decimal(1).scaleb(-KEPT)  # what the money columns keep


@dataclass(frozen=True)
class Field:
    """One field of ours: its label, whether a profile must map it, and how long its text may be."""

    label: str | Promise
    required: bool = False
    length: int = 0


FIELDS: dict[str, Field] = {
    "number": Field(gettext_lazy("order number"), required=True, length=60),
    "placed_at": Field(gettext_lazy("placed at"), required=True),
    "sku": Field(gettext_lazy("SKU"), required=True, length=60),
    "title": Field(gettext_lazy("title"), length=300),
    "category": Field(gettext_lazy("category"), length=100),
    "quantity": Field(gettext_lazy("quantity"), required=True),
    "unit_price": Field(gettext_lazy("unit price"), required=True),
    "discount": Field(gettext_lazy("discount share")),
    "freight": Field(gettext_lazy("freight")),
    "currency": Field(gettext_lazy("currency"), length=3),
    "buyer": Field(gettext_lazy("buyer code"), length=60),
    "buyer_name": Field(gettext_lazy("name"), length=200),
    "country": Field(gettext_lazy("country"), length=100),
    "payment": Field(gettext_lazy("payment reference"), length=80),
    "method": Field(gettext_lazy("method"), length=40),
    "paid": Field(gettext_lazy("amount paid")),
    "paid_at": Field(gettext_lazy("paid at")),
    "carrier": Field(gettext_lazy("carrier"), length=60),
    "tracking": Field(gettext_lazy("tracking number"), length=80),
    "shipped_at": Field(gettext_lazy("shipped at")),
    "delivered_at": Field(gettext_lazy("delivered at")),
}
REQUIRED = [name for name, field in FIELDS.items() if field.required]
CONTROL = re.compile(r"[\x00-\x1f\x7f]")
NUMBER = {
    ".": re.compile(r"([+-]?)([0-9]{1,15}(?:\.[0-9]{1,12})?)\Z"),
    ",": re.compile(r"([+-]?)([0-9]{1,15}(?:,[0-9]{1,12})?)\Z"),
}


class CellError(Exception):
    """A cell that cannot be used: ``field`` of ours, and why in a sentence."""

    def __init__(self, field: str, message: str | Promise) -> None:
        super().__init__(message)
        self.field = field
        self.message = message


def text(field: str, cell: Cell) -> str:
    """A cell as text without spaces around it; refuses formulas and what is too long."""
    raw = as_text(cell)
    if not raw:
        return ""
    if isinstance(cell, str) and looks_like_formula(raw):
        raise CellError(
            field,
            _("“%(text)s” would be taken for a formula. Write it without the sign at its start.")
            % {"text": raw.strip()[:40]},
        )
    value = raw.strip()
    if CONTROL.search(value):
        raise CellError(field, _("There is a line break or a control character in this cell."))
    limit = FIELDS[field].length
    if len(value) > limit:
        raise CellError(
            field,
            _("This text has %(length)d characters. There is room for %(limit)d.")
            % {"length": len(value), "limit": limit},
        )
    return value


def needed(field: str, cell: Cell) -> str:
    """A text that must be there."""
    value = text(field, cell)
    if not value:
        raise CellError(field, _("This cell is empty, but the order needs it."))
    return value


def number(field: str, cell: Cell, decimal_mark: str) -> Decimal | None:
    """A cell as a number in the profile's spelling; ``None`` when it is empty."""
    if isinstance(cell, Decimal):
        return cell if cell.is_finite() else _not_a_number(field, cell)
    if isinstance(cell, datetime):
        return _not_a_number(field, cell)
    value = cell.strip()
    if not value:
        return None
    match = NUMBER[decimal_mark].match(value)
    if match is None:
        return _not_a_number(field, cell)
    return Decimal(match[1] + match[2].replace(",", "."))


def _not_a_number(field: str, cell: Cell) -> Decimal:
    raise CellError(
        field,
        _("“%(text)s” is not a number as this profile writes it.")
        % {"text": as_text(cell).strip()[:40]},
    )


def quantity(cell: Cell, decimal_mark: str) -> int:
    """Whole pieces; may be negative, never zero or impossibly many."""
    value = number("quantity", cell, decimal_mark)
    if value is None:
        raise CellError("quantity", _("This cell is empty, but the order needs it."))
    if value != value.to_integral_value() or not 0 < abs(value) <= QUANTITY_LIMIT:
        raise CellError(
            "quantity",
            _("“%(text)s” is not a number of pieces from 1 to %(limit)d.")
            % {"text": as_text(cell).strip()[:40], "limit": QUANTITY_LIMIT},
        )
    return int(value)


def amount(field: str, cell: Cell, decimal_mark: str, currency: str) -> Decimal | None:
    """A sum of money that is not negative; ``None`` when the cell is empty."""
    value = number(field, cell, decimal_mark)
    if value is None:
        return None
    words = {"text": as_text(cell).strip()[:40]}
    if value < 0:
        raise CellError(field, _("“%(text)s” is negative. Only cancellations go back.") % words)
    if value > LIMIT:
        raise CellError(field, _("“%(text)s” is more than any order can cost.") % words)
    if why := too_fine(value, currency):
        raise CellError(field, why)
    return value.quantize(CENT)


def currency(cell: Cell, default: str) -> str:
    """The currency of the row: its own, or the profile's, or the store's."""
    code = text("currency", cell).upper() or default
    if why := objection_to(code):
        raise CellError("currency", why)
    return code


def moment(
    field: str, cell: Cell, date_format: str, zone: ZoneInfo, latest: datetime
) -> datetime | None:
    """A moment in the profile's spelling and time zone; ``None`` when the cell is empty."""
    value = (
        cell if isinstance(cell, datetime) else _parse_moment(as_text(cell).strip(), date_format)
    )
    if value is None:
        if not as_text(cell).strip():
            return None
        raise CellError(
            field,
            _("“%(text)s” is not a date as this profile writes it (%(format)s).")
            % {"text": as_text(cell).strip()[:40], "format": date_format},
        )
    aware = value if value.tzinfo else value.replace(tzinfo=zone)
    if not EARLIEST <= aware <= latest:
        raise CellError(
            field,
            _("%(date)s is out of range: dates lie between 2000 and tomorrow.")
            % {"date": f"{value:%Y-%m-%d}"},
        )
    return aware.astimezone(UTC)


@lru_cache(maxsize=4096)
def _parse_moment(value: str, date_format: str) -> datetime | None:
    try:
        return datetime.strptime(value, date_format)  # noqa: DTZ007 – the profile's zone is added after
    except ValueError:
        return None


def as_text(cell: Cell) -> str:
    """A cell as a person sees it: 536365, not 536365.0."""
    if isinstance(cell, Decimal):
        return (
            str(int(cell)) if cell.is_finite() and cell == cell.to_integral_value() else str(cell)
        )
    if isinstance(cell, datetime):
        return f"{cell:%Y-%m-%d %H:%M:%S}"
    return cell
