import io
import tracemalloc
import zipfile
from typing import Any

import openpyxl
import pytest

from backoffice.bulk import spreadsheets
from backoffice.bulk.reading import read_rows
from backoffice.exceptions import BadInput
from tests.orders.files import workbook

pytestmark = pytest.mark.once  # reads text, and asks no database

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 64
ENTITIES = (
    b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>'
    b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    b'<row r="1"><c r="A1" t="inlineStr"><is><t>&b;</t></is></c></row></sheetData></worksheet>'
)
SHEET = "xl/worksheets/sheet1.xml"


def read(content: bytes, separator: str = ",") -> list[list]:
    return [list(row.cells) for row in read_rows(io.BytesIO(content), separator=separator)]


def archive(entries: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in entries.items():
            packed.writestr(name, content)
    return buffer.getvalue()


def with_sheet(sheet: bytes) -> bytes:
    """A good workbook whose sheet is replaced."""
    return with_entry(SHEET, sheet)


def with_entry(name: str, content: bytes) -> bytes:
    """A good workbook with one entry more, or another one."""
    with zipfile.ZipFile(io.BytesIO(workbook(["a"], ["b"]))) as good:
        entries = {name: good.read(name) for name in good.namelist()}
    return archive({**entries, name: content})


def sheet(rows: str) -> bytes:
    namespace = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return f'<worksheet xmlns="{namespace}"><sheetData>{rows}</sheetData></worksheet>'.encode()


def rewritten(content: bytes, entry: str, at: int, value: bytes) -> bytes:
    """The archive with other bytes in what its directory says of ``entry``."""
    here = content.rindex(b"PK\x01\x02", 0, content.rindex(entry.encode()))
    return content[: here + at] + value + content[here + at + len(value) :]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030"])
def test_chinese_text_is_read_in_every_usual_encoding(encoding: str) -> None:
    assert read("订单号,名称\n1,白色台灯\n".encode(encoding)) == [
        ["订单号", "名称"],
        ["1", "白色台灯"],
    ]


def test_rows_are_numbered_as_the_file_counts_and_blank_ones_left_out() -> None:
    rows = list(read_rows(io.BytesIO(b"a,b\n\n1,2\n,\n3,4\n")))
    assert [(row.number, row.cells) for row in rows] == [
        (1, ["a", "b"]),
        (3, ["1", "2"]),
        (5, ["3", "4"]),
    ]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_text_is_made_of_what_its_first_line_is_made_of(separator: str) -> None:
    text = "\n" + separator.join(("a", '"b"', "c")) + "\n1,5;x\t" + separator * 2 + "\n"
    head, row = read(text.encode(), separator="")
    assert head == ["a", "b", "c"]
    assert separator.join(row) == "1,5;x\t" + separator * 2


def test_only_the_first_sheet_that_people_see_is_read() -> None:
    book = openpyxl.Workbook()
    seen = book.create_sheet("Seen")
    for sheet, text in ((book.worksheets[0], "hidden"), (seen, "seen")):
        sheet.append(["a"])
        sheet.append([text])
    book.active = 1
    for state in ("hidden", "veryHidden"):
        book.worksheets[0].sheet_state = state
        content = io.BytesIO()
        book.save(content)
        assert read(content.getvalue()) == [["a"], ["seen"]]


def test_a_workbook_is_read_whatever_its_name() -> None:
    assert read(workbook(["a", "b"], [1, "x"]))[1] == [1, "x"]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "This file is empty."),
        (b"\n\n\n", "This file is empty."),
        (b"a,b\n", "This file has a header, but no rows below it."),
        (PNG, "a file of type PNG"),
        (b"MZ\x90\x00" + b"\x00" * 64, "a file of type EXE"),
        (b"%PDF-1.7\n", "a file of type PDF"),
        (archive({"a.txt": b"hello"}), "a file of type ZIP"),
        (b"PK\x03\x04 torn apart", "a file of type ZIP"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 64, "This is an old Excel file."),
        ("a,b\n1,2\n".encode("utf-16"), "This text is written in UTF-16."),
        (b"a,b\n1,\x002\n", "This file contains NUL bytes"),
        (b"a,b\n\xff\xff\xff,2\n", "neither UTF-8 nor GBK"),
        (b'a,b\n"1,2\n3,4\n', "Row 2: the quotation marks do not match"),
        (b"a,b\n" + b"x" * 70_000 + b",2\n", "Line 2 has more than 65536 characters."),
        (b"a,b\n" + b"," * 300 + b"1\n", "Row 2 has more than 200 columns."),
        (with_sheet(b"<worksheet"), "This workbook is damaged."),
        (with_sheet(ENTITIES), "This workbook is damaged."),
        (workbook(["a", "b"], [1, "=1+1"]), "Row 2, column B: there is a formula."),
        (archive({"xl/workbook.xml": b"0" * 9_000_000}), "This workbook unpacks to far more"),
        (archive({"xl/workbook.xml": b"", **{f"{i}": b"" for i in range(600)}}), "unpacks to far more"),
        (with_sheet(sheet('<row r="1"><c r="XFD1"><v>1</v></c></row>')), "reaches beyond"),
        (with_sheet(sheet('<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"/>')), "reaches beyond"),
    ],
)  # fmt: skip
def test_what_is_not_a_table_is_refused_in_a_sentence(content: bytes, sentence: str) -> None:
    with pytest.raises(BadInput) as refusal:
        read(content)
    assert sentence in str(refusal.value)
    assert str(refusal.value).endswith((".", "?"))


@pytest.mark.parametrize("bound", ["ENTRIES", "UNPACKED", "STRINGS", "PARSED"])
def test_each_bound_of_a_workbook_refuses_by_itself(
    monkeypatch: pytest.MonkeyPatch, bound: str
) -> None:
    book = with_entry("xl/sharedStrings.xml", b"<sst></sst>")
    assert len(read(book)) == 2
    monkeypatch.setattr(spreadsheets, bound, 8)
    with pytest.raises(BadInput, match="unpacks to far more"):
        read(book)


@pytest.mark.parametrize("claim", ["A1", "A1:XFD1048576"])
def test_what_a_sheet_says_of_its_size_is_not_believed(claim: str) -> None:
    rows = "".join(
        f'<row r="{n}"><c r="A{n}"><v>{n}</v></c><c r="B{n}"><v>5</v></c></row>' for n in (1, 2, 3)
    )
    lying = sheet(rows).replace(b"<sheetData>", f'<dimension ref="{claim}"/><sheetData>'.encode())
    assert read(with_sheet(lying)) == [[1, 5], [2, 5], [3, 5]]


def test_an_entry_is_never_unpacked_beyond_the_size_that_it_claims() -> None:
    lying = rewritten(workbook(["a"], ["b" * 5000]), SHEET, 24, (40).to_bytes(4, "little"))
    with pytest.raises(BadInput, match="This workbook is damaged"):
        read(lying)


def test_a_workbook_with_a_password_is_refused_with_what_to_do() -> None:
    locked = rewritten(workbook(["a"], ["b"]), SHEET, 8, b"\x01")
    with pytest.raises(BadInput, match="This workbook has a password"):
        read(locked)


def test_a_file_over_the_limit_is_refused_unread(settings: Any) -> None:
    settings.UPLOAD_LIMIT = 10
    with pytest.raises(BadInput, match="Files may have up to"):
        read(b"a,b\n" * 10)


def test_a_table_of_too_many_rows_is_refused(settings: Any) -> None:
    settings.UPLOAD_ROWS = 3
    assert len(read(b"a\n" + b"1\n" * 3)) == 4
    with pytest.raises(BadInput, match="more than 3 rows"):
        read(b"a\n" + b"1\n" * 4)


def test_a_long_file_is_read_in_little_memory() -> None:

    content = b"a,b,c\n" + b"1,some text here,3\n" * 100_000
    tracemalloc.start()
    count = sum(1 for _row in read_rows(io.BytesIO(content)))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 100_001
    assert peak < len(content) + 2_000_000  # BytesIO may copy once; the rows are not kept
