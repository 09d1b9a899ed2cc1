"""What a bank's file says, whatever its format."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from backoffice.bulk.reading import Cell

OUT, IN = "out", "in"  # directions of a statement's line, as the account sees it
MOST = Decimal("999999999999.99")  # of one booking
COLUMNS = ("number", "amount", "currency", "status", "reason", "destination")


@dataclass(frozen=True)
class Head:
    """What a file says of itself, above its rows; what it does not say is empty or ``None``.

    ``count``, ``total`` and ``currency`` are those of the whole batch that is answered, so that they
    can be held against it. ``status`` is the bank's answer about the batch as a whole: ``accepted``
    (it will be carried out), ``settled``, ``failed`` or ``pending``, with ``reason``. ``final`` says
    that no other answer will come: what the file leaves out stays without one.
    """

    batch: str = ""
    count: int | None = None
    total: Decimal | None = None
    currency: str = ""
    account: str = ""
    final: bool = False
    status: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """The bank's answer about one payout, not judged yet: its place in the file, and ``COLUMNS``.

    ``row`` is the row of a table, or the ordinal of the transaction in an XML message. ``untold``: the
    message names no amount, as it may, so that it is the payout's own.
    """

    row: int
    cells: dict[str, Cell]
    untold: bool = False


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One booking on the account: money that left it, came in, or came back (``returned``).

    ``number`` is the payout's, empty when the bank names none; ``amount`` is never negative.
    """

    row: int
    number: str
    amount: Decimal
    currency: str
    booked_on: date
    direction: str
    bank_reference: str
    reason: str
    returned: bool
