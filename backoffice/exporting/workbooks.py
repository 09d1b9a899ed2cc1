"""A plain table as an Excel workbook, written as a stream.

openpyxl makes an object of every cell. A table of text, numbers and moments needs none: a sheet is a
row of XML after the other. What is written here is read back cell by cell in the tests.
"""

import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import IO, Any

ROWS = 1_048_576  # of a sheet, its header among them
BLOCK = 500  # rows that are packed at once
EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 - a sheet's moments know no zone
LEVEL = 1  # of packing: a tenth larger than the usual one, in a third of the time
NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
ESCAPED = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"}
TO_ESCAPE = re.compile("[&<>\r]")
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
BOLD, MOMENT = 1, 2  # the styles below, by their place
PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{KIND}.sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{KIND}.worksheet+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{KIND}.styles+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>'
    '<sheet name="{title}" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="rId2" Type="{OFFICE}/styles" Target="styles.xml"/></Relationships>',
    "xl/styles.xml": f'<styleSheet xmlns="{MAIN}">'
    '<numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd\\ hh:mm:ss"/></numFmts>'
    '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
    '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="3"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/>'
    '<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>',
}
TOP = (
    f'<worksheet xmlns="{MAIN}"><sheetViews><sheetView workbookViewId="0">'
    '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
)
Cell = Callable[[Any, str], str]


def write_workbook(
    file: IO[bytes], title: str, headings: Sequence[str], cells: Sequence[Cell], rows: Iterable[Any]
) -> int:
    """Write ``rows`` below ``headings`` on one sheet; gives their number.

    ``cells`` says of each column what its values are: ``text``, ``number`` or ``moment``. Memory does
    not grow with the rows.
    """
    count = 0
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=LEVEL) as archive:
        for name, content in PARTS.items():
            body = content.format(title=_escaped(title)) if "{title}" in content else content
            archive.writestr(name, HEAD + body)
        with archive.open("xl/worksheets/sheet1.xml", "w") as sheet:
            sheet.write((HEAD + TOP + _widths(cells) + "<sheetData>").encode())
            sheet.write(_heading(headings).encode())
            for count, block in _blocks(cells, rows):  # noqa: B007 - given back
                sheet.write(block.encode())
            sheet.write(b"</sheetData></worksheet>")
    return count


def text(value: str | None, place: str) -> str:
    """A cell of text: nothing of it is a formula, whatever it begins with."""
    if not value:
        return ""
    words = NOT_IN_XML.sub("\ufffd", value)
    return (
        f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{_escaped(words)}</t></is></c>'
    )


def number(value: Any, place: str) -> str:
    """A cell of a number, written as it stands."""
    return "" if value is None else f'<c r="{place}"><v>{value}</v></c>'


def moment(value: datetime | None, place: str) -> str:
    """A cell of a naive moment, to the second."""
    if value is None:
        return ""
    since = value - EPOCH
    return f'<c r="{place}" s="{MOMENT}"><v>{since.days + since.seconds / 86_400!r}</v></c>'


def _blocks(cells: Sequence[Cell], rows: Iterable[Any]) -> Iterator[tuple[int, str]]:
    """The rows' XML, some hundred rows at a time, with how many there were so far."""
    letters = [_letter(n) for n in range(len(cells))]
    columns = list(zip(cells, letters, strict=True))
    parts: list[str] = []
    number = 0
    for number, row in enumerate(rows, 1):
        line = str(number + 1)
        parts.append(f'<row r="{line}">')
        parts += [
            cell(value, letter + line) for (cell, letter), value in zip(columns, row, strict=True)
        ]
        parts.append("</row>")
        if number % BLOCK == 0:
            yield number, "".join(parts)
            parts.clear()
    yield number, "".join(parts)


def _heading(headings: Sequence[str]) -> str:
    cells = (
        f'<c r="{_letter(n)}1" s="{BOLD}" t="inlineStr"><is><t>{_escaped(heading)}</t></is></c>'
        for n, heading in enumerate(headings)
    )
    return f'<row r="1">{"".join(cells)}</row>'


def _widths(cells: Sequence[Cell]) -> str:
    width: dict[Cell, int] = {text: 22, number: 14, moment: 20}
    columns = (
        f'<col min="{n}" max="{n}" width="{width[cell]}" customWidth="1"/>'
        for n, cell in enumerate(cells, 1)
    )
    return f"<cols>{''.join(columns)}</cols>"


def _letter(number: int) -> str:
    """What a sheet calls its column: A, B, … Z, AA."""
    high, low = divmod(number, 26)
    return (_letter(high - 1) if high else "") + chr(65 + low)


def _escaped(words: str) -> str:
    return (
        TO_ESCAPE.sub(lambda found: ESCAPED[found[0]], words) if TO_ESCAPE.search(words) else words
    )
