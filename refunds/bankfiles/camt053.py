"""camt.053: what the bank booked on the account, one line per movement.

A booking of many payments in one sum becomes a line for each that the bank names; otherwise it is one
line with the number of the whole file. Sums and balances that the statement tells are held against it.
"""

from collections.abc import Generator, Iterator
from contextlib import closing
from xml.etree.ElementTree import Element

from backoffice.bulk.reading import Cell
from backoffice.exceptions import BadInput
from backoffice.sentences import sentence as _
from refunds.bankfiles.codes import SETTLED
from refunds.bankfiles.contents import OUT, Head, Item, StatementLine
from refunds.bankfiles.elements import check_rows, first_text, text, wrong
from refunds.bankfiles.entries import ENTRY, ENTRY_PARTS, MOVEMENT, Entry
from refunds.bankfiles.figures import Figures
from refunds.bankfiles.messages import Found, Kind

ACCOUNT, PAGES = "Stmt/Acct", ("GrpHdr/MsgPgntn", "Stmt/StmtPgntn")
BALANCE, SUMMARY, AMOUNT = "Stmt/Bal", "Stmt/TxsSummry", "Stmt/Ntry/Amt"
KIND = Kind(
    "camt.053",
    "BkToCstmrStmt",
    range(2, 15),
    frozenset({ACCOUNT, BALANCE, SUMMARY, *PAGES, *ENTRY_PARTS}),
)
OURS = "PO-"  # how a payout's number begins


def open_bookings(
    found: Generator[Found, None, None],
) -> tuple[Head, Generator[StatementLine, None, None]]:
    """The account, and its bookings one at a time."""
    statement = _Statement(found)
    head = statement.head()
    return head, statement.lines()


def as_answers(lines: Generator[StatementLine, None, None]) -> Generator[Item, None, None]:
    """The payouts that left the account: they are settled. All other bookings are passed over.

    Money that came back is no answer but a new movement: reconciling the account books it.
    """
    none = True
    with closing(lines):
        for line in lines:
            if line.direction == OUT and line.number.startswith(OURS):
                none = False
                yield Item(line.row, _cells(line))
    if none:
        raise BadInput(_("No payout has left the account in this statement."))


class _Statement:
    """The file while it is read: one account, one or more statements of it."""

    def __init__(self, found: Generator[Found, None, None]) -> None:
        self.found = found
        self.account = self.currency = ""
        self.statements = self.row = 0
        self.paged = False
        self.figures = Figures()
        self.entry: Entry | None = None
        self.first: Found | None = None

    def head(self) -> Head:
        """What comes before the first entry."""
        for path, element in self.found:
            if path == AMOUNT:
                self.first = (path, element)
                break
            self._note(path, element)
        if not self.statements:
            raise wrong(0, ACCOUNT, _("it is missing."))
        return Head(account=self.account, currency=self.currency)

    def lines(self) -> Generator[StatementLine, None, None]:
        """Every line; raises ``BadInput`` for one that is wrong, and for figures that lie."""
        with closing(self.found):
            if self.first is not None:
                yield from self._take(*self.first)
            for path, element in self.found:
                yield from self._take(path, element)
            yield from self._end_entry()
            self.figures.check()

    def _take(self, path: str, element: Element) -> Iterator[StatementLine]:
        if path == AMOUNT:
            yield from self._end_entry()
            self.entry = self._begin(element)
        elif path == MOVEMENT and self.entry is not None:
            if self.entry.counts():
                yield from self._counted(self.entry.lines_of(element))
        elif path in ENTRY_PARTS and self.entry is not None:
            self.entry.note(path.removeprefix(f"{ENTRY}/"), element)
        else:
            yield from self._end_entry()
            self._note(path, element)

    def _begin(self, element: Element) -> Entry:
        entry = Entry.of(self.row + 1, element)
        self.currency = self.currency or entry.currency
        if entry.currency != self.currency:
            raise wrong(
                entry.row,
                AMOUNT,
                _("it is in %(theirs)s, but the account in %(ours)s.")
                % {"theirs": entry.currency, "ours": self.currency},
            )
        return entry

    def _end_entry(self) -> Iterator[StatementLine]:
        if self.entry is not None:
            if self.entry.counts():
                yield from self._counted(self.entry.rest())
            self.figures.add(self.entry)
            self.entry = None

    def _counted(self, lines: Iterator[StatementLine]) -> Iterator[StatementLine]:
        for line in lines:
            self.row = line.row
            check_rows(self.row)
            yield line

    def _note(self, path: str, element: Element) -> None:
        if path == ACCOUNT:
            self._next_statement(element)
        elif path in PAGES:
            self.figures.page(element)
            self.paged = self.paged or (path == PAGES[0] and self.figures.paged)
        elif path == BALANCE:
            currency = self.figures.balance(element)
            self.currency = self.currency or currency
        elif path == SUMMARY:
            self.figures.summary(element)

    def _next_statement(self, element: Element) -> None:
        account = first_text(element, "Id/IBAN", "Id/Othr/Id")
        if not account:
            raise wrong(0, f"{ACCOUNT}/Id", _("it is missing."))
        if self.statements and account != self.account:
            raise BadInput(
                _("This file has statements of several accounts. Bring one account at a time.")
            )
        if self.statements:
            self.figures.check()
            self.figures = Figures(paged=self.paged)
        self.account, self.statements = account, self.statements + 1
        self.currency = self.currency or text(element, "Ccy")


def _cells(line: StatementLine) -> dict[str, Cell]:
    return {
        "number": line.number,
        "amount": line.amount,
        "currency": line.currency,
        "status": SETTLED,
        "reason": "",
        "destination": "",
    }
