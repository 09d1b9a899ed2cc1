"""Files from banks, opened by what is in them: the name of a file says nothing."""

from collections.abc import Generator
from contextlib import closing
from typing import BinaryIO

from backoffice.sentences import sentence as _
from refunds.bankfiles import camt053, pain002
from refunds.bankfiles.contents import COLUMNS, Head, Item, StatementLine
from refunds.bankfiles.messages import is_xml, open_message
from refunds.bankfiles.statements import line, statement_columns
from refunds.bankfiles.tables import Columns, TableRows, open_table

NEEDED = ("number", "amount", "currency", "status")


def open_answers(file: BinaryIO) -> tuple[Head, Generator[Item, None, None]]:
    """What the bank answers about the payouts of a batch: the head, then one item at a time.

    Raises ``BadInput`` at once for what is no such file, and on the way for what breaks its format;
    whether the answers fit the batch is not asked here. Close the items when leaving early.
    """
    if is_xml(file):
        kind, found = open_message(file, (pain002.KIND, camt053.KIND))
        if kind is pain002.KIND:
            return pain002.open_report(found)
        statement, lines = camt053.open_bookings(found)
        return statement, camt053.as_answers(lines)
    head, rows = open_table(file, _answer_columns())
    return head, _items(rows)


def read_statement(file: BinaryIO) -> tuple[Head, Generator[StatementLine, None, None]]:
    """What the bank booked on an account, one line at a time; raises ``BadInput`` as above."""
    if is_xml(file):
        return camt053.open_bookings(open_message(file, (camt053.KIND,))[1])
    head, rows = open_table(file, statement_columns())
    return head, _lines(rows)


def _items(rows: TableRows) -> Generator[Item, None, None]:
    with closing(rows):
        for number, cells in rows:
            yield Item(number, cells)


def _lines(rows: TableRows) -> Generator[StatementLine, None, None]:
    with closing(rows):
        for number, cells in rows:
            yield line(number, cells)


def _answer_columns() -> Columns:
    return Columns(
        missing=_("The column “%(column)s” is missing. A result file has the columns %(columns)s."),
        names=COLUMNS,
        needed=NEEDED,
    )
