"""Answers and statements as CSV or XLSX: the bank may write a head of its own above the table."""

import re
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal
from typing import BinaryIO

from backoffice.bulk.reading import Cell, Row, read_rows
from backoffice.exceptions import BadInput
from backoffice.sentences import sentence as _
from refunds.bankfiles.contents import Head

HEADER_WITHIN = 20  # rows above the table
TableRows = Generator[tuple[int, dict[str, Cell]], None, None]
WHOLE, AMOUNT = re.compile(r"\d{1,9}"), re.compile(r"\d{1,18}(\.\d{1,9})?")
HEAD_NAMES = {
    "batch",
    "count",
    "count of the batch",
    "control total",
    "control total of the batch",
    "currency",
    "account",
}


@dataclass(frozen=True)
class Columns:
    """What a table is called, its columns, and those that it cannot do without."""

    missing: str
    names: tuple[str, ...]
    needed: tuple[str, ...]


def open_table(file: BinaryIO, columns: Columns) -> tuple[Head, TableRows]:
    """What stands above the table, and its rows by column name, missing cells empty.

    Raises ``BadInput`` at once when there is no such table, and on the way for what cannot be read.
    """
    reader = read_rows(file)
    try:
        head, places = _find(reader, columns)
    except BaseException:
        reader.close()
        raise
    return head, _named(reader, places, columns)


def _find(rows: Iterator[Row], columns: Columns) -> tuple[Head, dict[str, int]]:
    above: dict[str, tuple[int, Cell]] = {}
    missing: Sequence[str] = columns.needed
    for looked, row in enumerate(rows):
        names = [str(cell).strip().lower() for cell in row.cells]
        absent = [name for name in columns.needed if name not in names]
        if not absent:
            return _head(above), _places(names, columns.names)
        missing = min(missing, absent, key=len)
        if names[0] in HEAD_NAMES and len(row.cells) > 1:
            above[names[0]] = (row.number, row.cells[1])
        if looked >= HEADER_WITHIN:
            break
    raise BadInput(columns.missing % {"column": missing[0], "columns": ", ".join(columns.names)})


def _places(names: list[str], wanted: Iterable[str]) -> dict[str, int]:
    for name in wanted:
        if names.count(name) > 1:
            raise BadInput(
                _("The column “%(column)s” is there twice. Keep one of them.") % {"column": name}
            )
    return {name: names.index(name) for name in wanted if name in names}


def _named(
    reader: Generator[Row, None, None], places: dict[str, int], columns: Columns
) -> TableRows:
    with closing(reader):
        empty = True
        for row in reader:
            empty = False
            yield (
                row.number,
                {
                    name: row.cells[places[name]]
                    if name in places and places[name] < len(row.cells)
                    else ""
                    for name in columns.names
                },
            )
        if empty:
            raise BadInput(_("This file has a header, but no rows below it."))


def _head(above: dict[str, tuple[int, Cell]]) -> Head:
    """What the rows above say; of one file of several, the figures of the whole batch count."""
    count, total = (
        whole
        if (whole := _number(above, f"{name} of the batch")) is not None
        else _number(above, name)
        for name in ("count", "control total")
    )
    return Head(
        batch=_text(above, "batch"),
        count=None if count is None else int(count),
        total=total,
        currency=_text(above, "currency").upper(),
        account=_text(above, "account"),
    )


def _text(above: dict[str, tuple[int, Cell]], name: str) -> str:
    return str(above[name][1]).strip() if name in above else ""


def _number(above: dict[str, tuple[int, Cell]], name: str) -> Decimal | None:
    text = _text(above, name)
    if not text:
        return None
    digits = WHOLE if name.startswith("count") else AMOUNT
    if digits.fullmatch(text):
        return Decimal(text)
    raise BadInput(
        _("Row %(row)d: “%(text)s” is not a number, but it stands beside “%(name)s”.")
        % {"row": above[name][0], "text": text[:40], "name": name}
    )
