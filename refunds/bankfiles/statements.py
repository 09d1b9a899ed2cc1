"""A row of a statement's table, read strictly: what is booked has no second guess."""

import re
from datetime import date, datetime
from decimal import Decimal

from backoffice import money
from backoffice.bulk.reading import Cell
from backoffice.exceptions import BadInput
from backoffice.sentences import sentence as _
from refunds.bankfiles.contents import IN, MOST, OUT, StatementLine
from refunds.bankfiles.elements import AMOUNT
from refunds.bankfiles.tables import Columns

NAMES = (
    "number",
    "amount",
    "currency",
    "booked_on",
    "direction",
    "bank_reference",
    "reason",
    "returned",
)
NEEDED = ("amount", "currency", "booked_on", "direction")
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
YES_NO = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False, "": False}


def statement_columns() -> Columns:
    """The columns of a statement's table."""
    return Columns(
        missing=_("The column “%(column)s” is missing. A statement has the columns %(columns)s."),
        names=NAMES,
        needed=NEEDED,
    )


def line(row: int, cells: dict[str, Cell]) -> StatementLine:
    """The row as a booking; raises ``BadInput`` that names row and column."""
    text = {name: str(cell).strip() for name, cell in cells.items()}
    currency = _currency(row, text["currency"])
    return StatementLine(
        row=row,
        number=text["number"][:40],
        amount=_amount(row, text["amount"], currency),
        currency=currency,
        booked_on=_day(row, cells["booked_on"]),
        direction=_direction(row, text["direction"]),
        bank_reference=text["bank_reference"][:140],
        reason=text["reason"][:300],
        returned=_returned(row, text["returned"]),
    )


def _wrong(row: int, column: str, why: str) -> BadInput:
    return BadInput(
        _("Row %(row)d, column “%(column)s”: %(why)s") % {"row": row, "column": column, "why": why}
    )


def _refuse(row: int, column: str, text: str, wanted: str) -> BadInput:
    why = _("“%(text)s” is not understood. Write %(wanted)s.")
    return _wrong(row, column, why % {"text": text[:40], "wanted": wanted})


def _currency(row: int, text: str) -> str:
    if why := money.objection_to(text.upper()):
        raise _wrong(row, "currency", why)
    return text.upper()


def _amount(row: int, text: str, currency: str) -> Decimal:
    amount = Decimal(text) if AMOUNT.fullmatch(text) else None
    if amount is None or amount > MOST:
        raise _refuse(row, "amount", text, _("an amount like 1234.50, without a sign"))
    if why := money.too_fine(amount, currency):
        raise _wrong(row, "amount", why)
    return amount


def _day(row: int, cell: Cell) -> date:
    if isinstance(cell, datetime):
        return cell.date()
    text = str(cell).strip()
    try:
        return date.fromisoformat(text if DAY.fullmatch(text) else "")
    except ValueError:
        raise _refuse(row, "booked_on", str(cell), _("a day like 2026-11-27")) from None


def _direction(row: int, text: str) -> str:
    if text.lower() not in (OUT, IN):
        raise _refuse(row, "direction", text, _("“out” or “in”"))
    return text.lower()


def _returned(row: int, text: str) -> bool:
    if text.lower() not in YES_NO:
        raise _refuse(row, "returned", text, _("“yes” or “no”"))
    return YES_NO[text.lower()]
