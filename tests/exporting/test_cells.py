"""The cells of an export: the same from both databases, and as safe as ``backoffice.bulk.cells`` says."""

import csv
import io
from datetime import UTC, datetime
from decimal import Decimal

import openpyxl
import pytest
from django.db import DatabaseError, connection, models
from django.db.models import CharField, ExpressionWrapper, F, IntegerField, Value
from hypothesis import example, given, settings
from hypothesis import strategies as st

from backoffice.actors import TIMER, system
from backoffice.bulk.cells import safe_cell
from backoffice.exporting import tables, workbooks
from backoffice.exporting.columns import Column, Kind
from backoffice.exporting.guard import GuardedText
from backoffice.models import User
from backoffice.privacy.keys import seal
from backoffice.privacy.reading import looking
from orders.models import Buyer, Order
from tests.cast import Cast
from tests.exporting.taking import made_for, resource_of
from tests.flushing import rewrite
from tests.refunds.factories import make_order

EVIL = [
    "=1+1",
    "+1",
    "-1",
    "@A",
    "\t=1",
    "\r=1",
    "\nx",
    " =1",
    "\u3000＝1",
    "＋1",
    "－1",
    "＠x",
    " \tx",
    "  x",
]
PLAIN = [
    "",
    "lamp",
    'a "quoted", one',
    "two\nlines",
    "one\rline",
    "'=1",
    "a=b",
    "中文",
    "\\.",
    "é,",
]
TEXTS = st.text(
    st.one_of(
        st.sampled_from("=+-@\t\r\n＝＋－＠ '\"\\,;%\u3000\xa0\x1f\u2028"),
        st.characters(exclude_categories=["Cs"], exclude_characters="\0"),
    ),
    max_size=8,
)


def csv_of(columns: list[Column], rows: models.QuerySet) -> bytes:
    file = io.BytesIO()
    with looking(reader(), "/"):
        tables.write_csv(file, "List", columns, rows, lambda _done: None)
    return file.getvalue()


def reader() -> User:
    """Somebody who sees names in clear, as an export's owner may."""
    return User.objects.filter(username="manager").first() or User.objects.all()[0]


def by_hand(columns: list[Column], rows: models.QuerySet) -> bytes:
    """The same file by the way of SQLite, whichever the database."""
    header = tables.BOM + tables.csv_line([column.heading for column in columns])
    with looking(reader(), "/"):
        return header.encode() + b"".join(tables._made(columns, rows))


def orders_with(cast: Cast, texts: list[str]) -> models.QuerySet:
    for text in texts:
        order = make_order(cast.a, (3, "0.10"), (1, "2.00"), freight="0.50")
        name = seal(text, order.buyer.data_subject) if text else ""
        rewrite(models.QuerySet(Buyer).filter(pk=order.buyer_id), name=name)
    bare = make_order(cast.a)
    rewrite(models.QuerySet(Order).filter(pk=bare.pk), buyer=None)
    bare.lines.all()
    return Order.objects.order_by("pk")


def test_both_ways_write_the_same_bytes(cast: Cast) -> None:
    rows = orders_with(cast, [*EVIL, *PLAIN])
    resource = resource_of("orders.order")
    columns = resource.chosen(resource._meta.export_order)
    content = csv_of(columns, rows)
    assert content == by_hand(columns, rows)
    table = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    names = [row[table[0].index("Buyer name")] for row in table[1:]]
    assert names == [*(safe_cell(text) for text in [*EVIL, *PLAIN]), ""]
    assert sum(name.startswith("'") for name in names) >= len(EVIL) - 2
    first = dict(zip(table[0], table[1], strict=True))
    assert (first["Lines"], first["Goods"], first["Freight"], first["Paid"]) == (
        "2", "2.30", "0.50", "2.80",
    )  # fmt: skip


@pytest.mark.postgres
@pytest.mark.django_db
@settings(max_examples=150)
@given(TEXTS)
@example("\u3000\xa0=1")
@example("\x1f-1")
@example("100%s")
@example("\u200b\x01'\"=1")
def test_the_database_guards_a_text_as_the_program_does(text: str) -> None:
    system(TIMER)
    value = Value(text, output_field=CharField())
    rows = User.objects.filter(username=TIMER)
    column = Column(value, Kind.TEXT, "text")
    whole = Column("username", Kind.CODE, "name")
    assert csv_of([whole, column], rows) == by_hand([whole, column], rows)
    (cell,) = rows.values_list(GuardedText(value), flat=True)
    assert (cell or "") == safe_cell(text)


def test_a_workbook_holds_the_cells_that_were_written(cast: Cast) -> None:
    rows = orders_with(cast, [*EVIL, *PLAIN, "\x01\x0b\ufffe<&>"])
    resource = resource_of("orders.order")
    columns = resource.chosen(resource._meta.export_order)
    file = io.BytesIO()
    with looking(reader(), "/"):
        assert tables.write_xlsx(file, "Orders", columns, rows, lambda _done: None) == rows.count()
        values = list(tables.values(columns, rows))
    sheet = openpyxl.load_workbook(file).active
    assert sheet.title == "Orders"
    header, *cells = sheet.iter_rows(values_only=True)
    assert list(header) == [column.heading for column in columns]
    wanted = [
        [
            workbooks.NOT_IN_XML.sub("\ufffd", value) or None
            if isinstance(value, str) and column.kind in (Kind.TEXT, Kind.CODE)
            else Decimal(value) if column.kind is Kind.AMOUNT
            else value
            for column, value in zip(columns, row, strict=True)
        ]
        for row in values
    ]  # fmt: skip
    kinds = [column.kind for column in columns]
    for got, want in zip(cells, wanted, strict=True):
        for kind, cell, value in zip(kinds, got, want, strict=True):
            assert (Decimal(str(cell)) if kind is Kind.AMOUNT else cell) == value
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)


@given(
    st.lists(
        st.tuples(
            st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20),
            st.one_of(st.none(), st.decimals(-(10**9), 10**9, places=2)),
            st.one_of(st.none(), st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1))),  # noqa: DTZ001 - a cell has no zone
        ),
        max_size=5,
    )
)
def test_whatever_is_written_into_a_workbook_is_read_from_it(rows: list[tuple]) -> None:
    file = io.BytesIO()
    cells = [workbooks.text, workbooks.number, workbooks.moment]
    count = workbooks.write_workbook(file, "A & B", ["text", "<number>", "moment"], cells, rows)
    header, *read = openpyxl.load_workbook(file).active.iter_rows(values_only=True)
    assert (count, header) == (len(rows), ("text", "<number>", "moment"))
    for (text, number, moment), got in zip(rows, read, strict=True):
        assert got[0] == workbooks.NOT_IN_XML.sub("\ufffd", text)
        assert (got[1] is None) == (number is None)
        assert number is None or Decimal(str(got[1])) == number
        assert got[2] == (moment and moment.replace(microsecond=0))


@pytest.mark.once
def test_more_rows_than_a_workbook_has_room_for_are_refused_in_a_sentence(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:

    for _ in range(3):
        make_order(cast.a)
    monkeypatch.setattr(workbooks, "ROWS", 3)
    run = made_for(cast.manager, "orders.order", "xlsx")
    assert (run.state, run.message) == (
        "refused", "A workbook has room for 2 rows. Filter the list, or take it as CSV.",
    )  # fmt: skip


def test_moments_are_written_in_the_desk_s_time(cast: Cast) -> None:
    order = make_order(cast.a)
    at = datetime(2026, 3, 1, 23, 59, 59, 999_999, tzinfo=UTC)
    rewrite(models.QuerySet(Order).filter(pk=order.pk), placed_at=at)
    column = Column(F("placed_at"), Kind.MOMENT, "at")
    assert csv_of([column], Order.objects.all()).decode() == "\ufeffat\n2026-03-02 07:59:59\n"


@pytest.mark.once
def test_sheets_call_their_columns_as_excel_does() -> None:
    assert [workbooks._letter(n) for n in (0, 25, 26, 51, 52, 701, 702)] == [
        "A", "Z", "AA", "AZ", "BA", "ZZ", "AAA",
    ]  # fmt: skip


@pytest.mark.once
@pytest.mark.django_db
def test_postgresql_writes_by_copy_alone(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "_copied", lambda *_args: ([line] for line in [b"copied\n"]))
    monkeypatch.setattr(tables, "_made", lambda *_args: (line for line in [b"made\n"]))
    content = csv_of([Column("number", Kind.TEXT, "n")], Order.objects.all())
    way = "copied" if connection.vendor == "postgresql" else "made"
    assert content.decode() == f"\ufeffn\n{way}\n"


@pytest.mark.postgres
def test_lines_are_taken_as_they_arrive_and_none_is_lost(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows, columns = orders_with(cast, PLAIN), [Column("number", Kind.TEXT, "n")]
    for block in (1, 2, 3, rows.count(), 1_000):
        monkeypatch.setattr(tables, "BLOCK", block)
        assert csv_of(columns, rows) == by_hand(columns, rows)


@pytest.mark.postgres
def test_a_copy_that_breaks_off_is_no_file_and_leaves_the_database_free(cast: Cast) -> None:
    rows = orders_with(cast, PLAIN)
    last = F("pk") - rows.last().pk
    broken = Column(ExpressionWrapper(Value(1) / last, IntegerField()), Kind.WHOLE, "n")
    with pytest.raises(DatabaseError, match="division by zero"):
        csv_of([broken], rows)
    assert rows.count() == len(PLAIN) + 1
