"""From a file's rows to requests: rows of one number that stand together are one request."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from itertools import groupby
from typing import BinaryIO
from zoneinfo import ZoneInfo

from backoffice.bulk.reading import Cell, Row, read_rows
from backoffice.clock import now
from backoffice.exceptions import BadInput
from backoffice.sentences import sentence as _
from merchants.models import Store
from orders.loading.fields import CellError, as_text
from orders.loading.rows import Refusal
from refunds.requests import columns
from refunds.requests.columns import AHEAD, COLUMNS, LONGEST

SAME = ("order", "kind", "reason")  # what all rows of a request agree about
ONCE = (
    "freight",
    "text",
    "not_exempt_because",
    "asked_at",
    "due_at",
)  # what one of them may say for all


@dataclass(frozen=True, slots=True)
class Line:
    """One row that could be read. ``freight`` and what follows speak for the whole request."""

    row: int
    number: str
    order: str
    kind: str
    reason: str
    sku: str
    quantity: int
    amount: Decimal | None
    freight: Decimal | None
    text: str
    not_exempt_because: str
    asked_at: datetime | None
    due_at: datetime | None


@dataclass(slots=True)
class Draft:
    """A request as the file has it: its lines – or why it cannot be used, and by which row."""

    number: str
    lines: list[Line] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    bad_row: int = 0
    problem: CellError | None = None

    def spoil(self, row: int, problem: CellError) -> None:
        """One row that cannot be used takes the whole request out; the first such row counts."""
        if self.problem is None:
            self.bad_row, self.problem = row, problem

    @property
    def first(self) -> Line:
        """The row that says what all agree about."""
        return self.lines[0]

    def said(self, name: str) -> str | Decimal | datetime | None:
        """What one of the rows says for all of them."""
        return next((value for line in self.lines if (value := getattr(line, name))), None)


class Reader:
    """Reads one store's file of requests as a stream; may be read several times."""

    def __init__(self, store: Store) -> None:
        self.zone = ZoneInfo(store.time_zone)
        self.at = now()
        self.places: dict[str, int] = {}
        self.names: dict[str, str] = {}

    def drafts(self, file: BinaryIO) -> Iterator[Draft]:
        """The file's requests; raises ``BadInput`` for the file.

        A number that comes again further down is not usable: whoever reads as a stream cannot go back.
        """
        seen: set[int] = set()
        for number, rows in groupby(self._numbered(file), key=lambda entry: entry[0]):
            draft = Draft(number)
            for _number, row, entry in rows:
                draft.rows.append(row)
                if isinstance(entry, CellError):
                    draft.spoil(row, entry)
                else:
                    draft.lines.append(entry)
            _agree(draft)
            if isinstance(number, str) and number:
                if hash(number) in seen:
                    draft.spoil(draft.rows[0], CellError("number", _again(number)))
                seen.add(hash(number))
            yield draft

    def orders(self, file: BinaryIO) -> Iterator[str]:
        """The order number in each row, as it stands: nothing else of the row is looked at."""
        with closing(read_rows(file)) as rows:
            self._find_columns(next(rows))
            for row in rows:
                yield as_text(self._cell(row, "order")).strip()

    def _numbered(self, file: BinaryIO) -> Iterator[tuple[str | int, int, Line | CellError]]:
        """Each row with its request's number – or, without one, its own – and what it says."""
        with closing(read_rows(file)) as rows:
            self._find_columns(next(rows))
            for row in rows:
                try:
                    number = columns.text("number", self._cell(row, "number"))
                except CellError as problem:
                    yield row.number, row.number, problem
                    continue
                try:
                    yield number, row.number, self._line(row, number)
                except CellError as problem:
                    yield number, row.number, problem

    def _find_columns(self, header: Row) -> None:
        """Where each column stands, in either language; raises ``BadInput`` when a needed one is missing."""
        found = [str(cell).strip() for cell in header.cells]
        lower = [name.lower() for name in found]
        for column, heading in COLUMNS.items():
            names = [n for n in (heading.english.lower(), heading.chinese) if n in lower]
            if names and (len(names) > 1 or lower.count(names[0]) > 1):
                raise BadInput(
                    _("The column “%(column)s” is there twice. Remove one.")
                    % {"column": heading.english}
                )
            if names:
                self.places[column] = lower.index(names[0])
                self.names[column] = found[self.places[column]]
        missing = [c.english for name, c in COLUMNS.items() if c.needed and name not in self.places]
        if missing:
            raise BadInput(
                _(
                    "The column %(columns)s is missing. The header has: %(header)s. Compare it with the "
                    "template."
                )
                % {
                    "columns": ", ".join(f"“{name}”" for name in missing),
                    "header": ", ".join(name for name in found if name)[:200],
                }
            )

    def _cell(self, row: Row, column: str) -> Cell:
        place = self.places.get(column, -1)
        return row.cells[place] if 0 <= place < len(row.cells) else ""

    def _line(self, row: Row, number: str) -> Line:
        def text(column: str) -> str:
            return columns.text(column, self._cell(row, column))

        line = Line(
            row=row.number,
            number=number,
            order=text("order"),
            kind=columns.kind(self._cell(row, "kind")),
            reason=text("reason"),
            sku=text("sku"),
            quantity=columns.quantity(self._cell(row, "quantity")) or 0,
            amount=columns.amount("amount", self._cell(row, "amount")),
            freight=columns.amount("freight", self._cell(row, "freight")),
            text=text("text"),
            not_exempt_because=text("not_exempt_because"),
            asked_at=self._moment(row, "asked_at", self.at + AHEAD),
            due_at=self._moment(row, "due_at", self.at + LONGEST),
        )
        if line.sku and not line.quantity:
            raise CellError("quantity", _("Say how many pieces of this article."))
        if not line.sku and (line.quantity or line.amount):
            raise CellError("sku", _("Say which article of the order this is about."))
        if not line.sku and not line.freight:
            raise CellError("sku", _("Name an article of the order, or freight to refund."))
        return line

    def _moment(self, row: Row, column: str, latest: datetime) -> datetime | None:
        return columns.moment(column, self._cell(row, column), self.zone, latest)

    def refuse(self, draft: Draft) -> list[Refusal]:
        """The request's rows, each with why it is left out."""
        problem = draft.problem
        if problem is None:
            return []
        name = self.names.get(problem.field) or COLUMNS[problem.field].english
        with_it = _("Left out together with row %(row)d of the same request.") % {
            "row": draft.bad_row
        }
        return [
            Refusal(row, name[:60], problem.message)
            if row == draft.bad_row
            else Refusal(row, "", with_it)
            for row in draft.rows
        ]


def _again(number: str) -> str:
    return _(
        "Request %(number)s stands further up already. Put its rows below each other, or leave one out."
    ) % {"number": number}


def _agree(draft: Draft) -> None:
    """Spoil a request whose rows contradict each other."""
    for line in draft.lines[1:]:
        for name in SAME:
            if getattr(line, name) != getattr(draft.first, name):
                draft.spoil(line.row, CellError(name, _differs(draft.first.row)))
        for name in ONCE:
            value = getattr(line, name)
            if value and value != draft.said(name):
                draft.spoil(line.row, CellError(name, _differs(draft.first.row)))


def _differs(row: int) -> str:
    return _("This differs from row %(row)d of the same request.") % {"row": row}
