"""A row of the bank's file, cell by cell: what it says, or what is wrong with it in sentences."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from backoffice import money
from backoffice.bulk.cells import looks_like_formula, plain_cell
from backoffice.bulk.reading import Cell
from backoffice.money import ZERO
from backoffice.sentences import sentence as _
from refunds.bankfiles.contents import Item
from refunds.models import Payout, ResultRow

Status = ResultRow.Status
WORDS = {
    "settled": Status.SETTLED,
    "acsc": Status.SETTLED,
    "failed": Status.FAILED,
    "rjct": Status.FAILED,
    "pending": Status.PENDING,
    "pend": Status.PENDING,
}
MONEY = frozenset({"amount", "currency"})
FIGURES = re.compile(
    r"[0-9]{1,15}(\.[0-9]{1,15})?"
)  # no sign, no exponent, no other alphabet's digits
NONE = ("-", "–", "—")  # how a bank writes that it has no reason


class Answer(NamedTuple):
    """What the bank says of one payout."""

    row: int
    number: str
    amount: Decimal
    currency: str
    status: str
    reason: str
    destination: str


class Objection(NamedTuple):
    """What is wrong with a row: its field, empty for the row as a whole, and a sentence."""

    row: int
    field: str
    message: str


class Unusable(ValueError):
    """A cell that cannot be used; the sentence says why."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


@dataclass
class Parser:
    """Reads rows into answers; keeps what it has learnt about the file so far."""

    rows: int = 0
    total: Decimal = ZERO
    whole: bool = True  # every amount was understood, so that the total means something
    currency: str = ""  # of the first row
    _units: dict[str, Decimal] = field(default_factory=dict)

    def parse(self, item: Item) -> Answer | list[Objection]:
        """The answer, or everything that is wrong with the row by itself."""
        self.rows += 1
        cells = item.cells
        try:
            return self._answer(item.row, cells)
        except Unusable:
            objections = list(self._objections(item.row, cells))
            self.whole = self.whole and MONEY.isdisjoint(one.field for one in objections)
            return objections

    def _answer(self, row: int, cells: dict[str, Cell]) -> Answer:
        currency = self._currency(cells["currency"])
        amount = self._amount(cells["amount"], currency)
        self.total += amount
        self.currency = self.currency or currency
        return Answer(
            row=row,
            number=_number(cells["number"]),
            amount=amount,
            currency=currency,
            status=_status(cells["status"]),
            reason=_reason(cells["reason"]),
            destination=_destination(cells.get("destination", "")),
        )

    def _objections(self, row: int, cells: dict[str, Cell]) -> Iterator[Objection]:
        """Each cell by itself, so that a person learns of everything at once."""
        try:
            currency = self._currency(cells["currency"])
        except Unusable as error:
            currency = ""
            yield Objection(row, "currency", error.message)
        for name, read in (
            ("number", _number),
            ("amount", lambda cell: self._amount(cell, currency)),
            ("status", _status),
            ("reason", _reason),
        ):
            try:
                read(cells[name])
            except Unusable as error:
                yield Objection(row, name, error.message)

    def _currency(self, cell: Cell) -> str:
        word = _word(cell).upper()
        if word not in self._units:
            if why := money.objection_to(word):
                raise Unusable(why)
            self._units[word] = money.exponent(word)
        return word

    def _amount(self, cell: Cell, currency: str) -> Decimal:
        """The amount as it stands; whether it is the right one is not asked here."""
        word = _word(cell)
        amount = Decimal(word) if FIGURES.fullmatch(word) else ZERO
        if not ZERO < amount <= money.LIMIT:
            raise Unusable(
                _("“%(text)s” is not an amount. Write it like 1234.50.") % {"text": word[:40]}
            )
        if currency and amount % self._units[currency]:
            raise Unusable(money.too_fine(amount, currency))
        return amount


def _word(cell: Cell) -> str:
    word = str(cell).strip()
    if not word:
        raise Unusable(_("This is empty."))
    return word


def _number(cell: Cell) -> str:
    word = _word(cell)
    if len(word) > LONGEST_NUMBER:
        raise Unusable(_("There is no payout %(number)s.") % {"number": word[:40]})
    return word


def _status(cell: Cell) -> str:
    word = _word(cell)
    try:
        return WORDS[word.lower()]
    except KeyError:
        raise Unusable(
            _("“%(text)s” is not a status. Use settled, failed or pending (ACSC, RJCT, PEND).")
            % {"text": word[:40]}
        ) from None


def _reason(cell: Cell) -> str:
    """Short text, and nothing that a spreadsheet would run; a lone dash means that there is none."""
    text = str(cell).strip()
    if not text or text in NONE:
        return ""
    if looks_like_formula(text):
        raise Unusable(_("This begins like a formula. Write it as plain words."))
    if len(text) > LONGEST_REASON:
        raise Unusable(
            _("This has more than %(limit)d characters. Shorten it.") % {"limit": LONGEST_REASON}
        )
    return text


def _destination(cell: Cell) -> str:
    """Where the money went, as the batch's own file writes it: with its apostrophe taken off again.

    What is longer than any of ours is cut, and still longer than any of ours.
    """
    return plain_cell(str(cell).strip())[:LONGEST_DESTINATION]


def _longest(model: type, name: str) -> int:
    return int(model._meta.get_field(name).max_length)  # type: ignore[attr-defined]  # one of its own


LONGEST_NUMBER = _longest(Payout, "number")
LONGEST_REASON = _longest(Payout, "bank_reason")
LONGEST_DESTINATION = _longest(Payout, "destination") + 1  # longer than any of ours, and cut
