"""Excel workbooks, read as rows: measured before they are opened, and bounded while they are read."""

import re
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, BinaryIO
from xml.etree.ElementTree import ParseError

import openpyxl
from defusedxml.common import DefusedXmlException  # type: ignore[import-untyped]  # ships no types
from django.conf import settings
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException

from backoffice.exceptions import BadInput
from backoffice.sentences import sentence as _

ENTRIES = 500
UNPACKED = 128 * 2**20  # bytes of all entries together
STRINGS = 48 * 2**20  # bytes of the table of texts, which is held in memory
PARSED = (
    4 * 2**20
)  # bytes of an entry that is parsed as a whole, where two megabytes packed took half a minute
RATIO = 200  # unpacked to packed, of an entry beyond a megabyte
WORKBOOK = "xl/workbook.xml"
VISIBLE = "visible"
AS_A_WHOLE = re.compile(
    r"\[Content_Types\]\.xml|.*\.rels|docProps/.*|xl/(workbook|styles)\.xml|xl/theme/.*"
)
TEXT_LIMIT = 32_767  # what a cell of a workbook may hold
BROKEN = (
    zipfile.BadZipFile,
    InvalidFileException,
    ParseError,
    DefusedXmlException,
    KeyError,
    ValueError,
    TypeError,
    AttributeError,
    IndexError,
    OSError,
    EOFError,
    RuntimeError,
    NotImplementedError,
    OverflowError,
)


def is_workbook(file: BinaryIO) -> bool:
    """Whether the ZIP archive ``file`` says that it is a workbook."""
    try:
        with zipfile.ZipFile(file) as archive:
            return WORKBOOK in archive.namelist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        return False
    finally:
        file.seek(0)


def read_workbook(file: BinaryIO) -> Iterator[tuple[int, list[Any]]]:
    """The rows of the first sheet that people see, with their numbers; raises ``BadInput``."""
    _measure(file)
    rows = _rows(file)
    while True:
        try:
            row = next(rows)
        except StopIteration:
            return
        except BROKEN:  # what a broken or hostile file makes the parser raise
            raise BadInput(_("This workbook is damaged. Save it again as .xlsx or CSV.")) from None
        yield row


def _measure(file: BinaryIO) -> None:
    """Refuse a bomb by what its directory says; reading is then limited to those sizes by zlib."""
    with zipfile.ZipFile(file) as archive:
        entries = archive.infolist()
    file.seek(0)
    bomb = len(entries) > ENTRIES or sum(entry.file_size for entry in entries) > UNPACKED
    for entry in entries:
        unlike = entry.file_size > 2**20 and entry.file_size > RATIO * max(entry.compress_size, 1)
        strings = "sharedStrings" in entry.filename and entry.file_size > STRINGS
        parsed = entry.file_size > PARSED and AS_A_WHOLE.fullmatch(entry.filename)
        bomb = bomb or unlike or strings or bool(parsed)
        if entry.flag_bits & 1:
            raise BadInput(
                _("This workbook has a password. Save it without one, then bring it again.")
            )
    if bomb:
        raise BadInput(_("This workbook unpacks to far more than a table holds. Save it as CSV."))


def _rows(file: BinaryIO) -> Iterator[tuple[int, list[Any]]]:
    book = openpyxl.load_workbook(file, read_only=True, data_only=False, keep_links=False)
    try:
        sheet = next((one for one in book.worksheets if one.sheet_state == VISIBLE), None)
        if sheet is None:
            raise BadInput(_("This workbook has no sheet with a table."))
        sheet.reset_dimensions()  # what the file says of its size is not to be believed
        for number, cells in enumerate(sheet.iter_rows(), 1):
            _check_bounds(number, len(cells))
            values = [_value(cell, number, column) for column, cell in enumerate(cells, 1)]
            yield number, values
    finally:
        book.close()
        file.seek(0)


def _check_bounds(number: int, width: int) -> None:
    """Empty rows and columns count here: a cell far away would make a table of billions."""
    if number > settings.UPLOAD_ROWS + 1 or width > settings.UPLOAD_COLUMNS:
        raise BadInput(
            _(
                "This workbook reaches beyond %(rows)d rows or %(columns)d columns. "
                "Delete what is far outside the table, or save it as CSV."
            )
            % {"rows": settings.UPLOAD_ROWS, "columns": settings.UPLOAD_COLUMNS}
        )


def _value(cell: Any, row: int, column: int) -> str | Decimal | datetime:
    """A cell as text, number or moment; a formula raises ``BadInput``: its result may be anything."""
    value = cell.value
    if cell.data_type == "f":
        raise BadInput(
            _("Row %(row)d, column %(column)s: there is a formula. Replace it by its value.")
            % {"row": row, "column": get_column_letter(column)}
        )
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return Decimal(str(value))
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime.combine(value, time())
    return str(value)[:TEXT_LIMIT]
