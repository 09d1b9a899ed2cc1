"""Uploaded files, read as rows of cells: safely, one row at a time, with sentences for what is wrong.

``read_rows`` looks at the content, never at the name: an Excel workbook or text in UTF-8 (with or
without byte order mark) or GB18030 (which covers GBK). Everything else raises ``BadInput``.
"""

import codecs
import csv
import io
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import BinaryIO

from django.conf import settings

from backoffice.bulk.spreadsheets import is_workbook, read_workbook
from backoffice.exceptions import BadInput
from backoffice.sentences import sentence as _

Cell = str | Decimal | datetime
CHUNK = 64 * 1024
LINE_LIMIT = 64 * 1024  # characters of one line, and of one cell
ENCODINGS = ("utf-8-sig", "gb18030")
SEPARATORS = (",", ";", "\t")
FOREIGN = {
    b"\x89PNG": "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"GIF8": "GIF",
    b"%PDF": "PDF",
    b"MZ": "EXE",
    b"\x7fELF": "ELF",
    b"\x1f\x8b": "GZIP",
    b"Rar!": "RAR",
    b"7z\xbc\xaf": "7Z",
    b"{\\rtf": "RTF",
    b"SQLite format": "SQLite",
}
OLD_EXCEL = b"\xd0\xcf\x11\xe0"
ZIP = (b"PK\x03\x04", b"PK\x05\x06")
UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its number as the file counts (the header is row 1) and its cells."""

    number: int
    cells: Sequence[Cell]


def read_rows(file: BinaryIO, *, separator: str = "") -> Generator[Row, None, None]:
    """The rows of ``file`` that are not blank, the header first; raises ``BadInput`` on the way.

    The file is read as a stream: memory does not grow with it. Text cells come as they stand in the
    file; numbers and dates of a workbook come as ``Decimal`` and naive ``datetime``. Without a
    ``separator`` a text has the one that its first line is made of.
    """
    check_size(file)
    rows = read_workbook(file) if _is_zip(file) else _read_text(file, separator)
    count = 0
    for number, cells in rows:
        if not any(cell != "" for cell in cells):
            continue
        count += 1
        _check_bounds(count, number, cells)
        yield Row(number, cells)
    if count == 0:
        raise BadInput(_("This file is empty. Choose a file with a header and at least one row."))
    if count == 1:
        raise BadInput(_("This file has a header, but no rows below it."))


def check_size(file: BinaryIO) -> int:
    """The size of ``file`` in bytes; raises ``BadInput`` when it is empty or over the limit."""
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    if size == 0:
        raise BadInput(_("This file is empty. Choose a file with a header and at least one row."))
    if size > settings.UPLOAD_LIMIT:
        raise BadInput(
            _("This file has %(size)d MB. Files may have up to %(limit)d MB: split it into parts.")
            % {"size": -(-size // 2**20), "limit": settings.UPLOAD_LIMIT // 2**20}
        )
    return size


def _check_bounds(count: int, number: int, cells: Sequence[Cell]) -> None:
    if count > settings.UPLOAD_ROWS + 1:
        raise BadInput(
            _("This file has more than %(limit)d rows. Split it into parts.")
            % {"limit": settings.UPLOAD_ROWS}
        )
    if len(cells) > settings.UPLOAD_COLUMNS:
        raise BadInput(
            _("Row %(row)d has more than %(limit)d columns. Check the separator of the profile.")
            % {"row": number, "limit": settings.UPLOAD_COLUMNS}
        )


def _is_zip(file: BinaryIO) -> bool:
    """Whether ``file`` is a workbook; raises ``BadInput`` for what is neither that nor text."""
    head = file.read(16)
    file.seek(0)
    if head.startswith(ZIP):
        if is_workbook(file):
            return True
        raise _wrong_type("ZIP")
    if head.startswith(OLD_EXCEL):
        raise BadInput(
            _("This is an old Excel file. Save it as .xlsx or CSV, then bring it again.")
        )
    if head.startswith(UTF_16):
        raise BadInput(
            _("This text is written in UTF-16. Save it as CSV in UTF-8, then bring it again.")
        )
    for magic, name in FOREIGN.items():
        if head.startswith(magic):
            raise _wrong_type(name)
    return False


def _wrong_type(name: str) -> BadInput:
    return BadInput(
        _("This is not a table but a file of type %(type)s. Bring a CSV or XLSX file.")
        % {"type": name}
    )


def _read_text(file: BinaryIO, separator: str) -> Iterator[tuple[int, list[str]]]:
    encoding = _encoding_of(file)
    separator = separator or _separator_of(file, encoding)
    reader = csv.reader(_lines(file, encoding), delimiter=separator, strict=True)
    number = 0
    while True:
        number += 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            raise BadInput(
                _("Row %(row)d: the quotation marks do not match, or a cell is too long.")
                % {"row": number}
            ) from None
        yield number, cells


def _separator_of(file: BinaryIO, encoding: str) -> str:
    """What stands most often in the first line that has any of them: headings hold none themselves."""
    with closing(_lines(file, encoding)) as lines:
        for line in lines:
            if any(separator in line for separator in SEPARATORS):
                return max(SEPARATORS, key=line.count)
    return SEPARATORS[0]


def _lines(file: BinaryIO, encoding: str) -> Generator[str, None, None]:
    """The lines of the text; no line is ever read further than the limit."""
    file.seek(0)
    text = io.TextIOWrapper(file, encoding=encoding, newline="")
    try:
        number = 0
        while line := text.readline(LINE_LIMIT + 1):
            number += 1
            if len(line) > LINE_LIMIT:
                raise BadInput(
                    _("Line %(line)d has more than %(limit)d characters. Is this a table?")
                    % {"line": number, "limit": LINE_LIMIT}
                )
            yield line
    finally:
        if not file.closed:
            text.detach()  # the caller opened the file, and closes it


def _encoding_of(file: BinaryIO) -> str:
    """The encoding that the whole file is valid in; raises ``BadInput`` when there is none."""
    for encoding in ENCODINGS:
        if _decodes(file, encoding):
            return encoding
    raise BadInput(
        _(
            "The encoding of this file is neither UTF-8 nor GBK. Save it as CSV in UTF-8, then bring it again."
        )
    )


def _decodes(file: BinaryIO, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    file.seek(0)
    try:
        while chunk := file.read(CHUNK):
            if b"\x00" in chunk:
                raise BadInput(
                    _("This file contains NUL bytes, so it is not text. Bring a CSV or XLSX file.")
                )
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
