"""A row is the same bytes on SQLite and on PostgreSQL, and no two different rows are the same bytes."""

import json
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, models
from hypothesis import given, settings
from hypothesis import strategies as st

from backoffice.audit.log.layouts import FILE, Layout, by_label, logged_models, outdated, read
from backoffice.audit.log.lines import _writer, changed, lines, marks
from backoffice.audit.log.sealing import seal
from tests.cast import Cast

pytestmark = pytest.mark.django_db

FIELDS: dict[str, models.Field] = {
    "int": models.BigIntegerField(),
    "bool": models.BooleanField(),
    "text": models.TextField(),
    "decimal:2": models.DecimalField(max_digits=14, decimal_places=2),
    "decimal:4": models.DecimalField(max_digits=9, decimal_places=4),
    "datetime": models.DateTimeField(),
    "date": models.DateField(),
    "time": models.TimeField(),
    "duration": models.DurationField(),
    "json": models.JSONField(),
    "bytes": models.BinaryField(),
    "uuid": models.UUIDField(),
}
AT = datetime(2026, 3, 1, 23, 59, 59, 120000, tzinfo=UTC)
WRITTEN: list[tuple[str, Any, bytes]] = [
    ("int", None, b"\\N"),
    ("int", -7, b"-7"),
    ("bool", True, b"t"),
    ("bool", False, b"f"),
    ("text", "", b""),
    ("text", "\\N", b"\\\\N"),
    ("text", "a\tb\nc\r\\d\b\f\v\x01", b"a\\tb\\nc\\r\\\\d\\b\\f\\v\x01"),
    ("text", "售后单 ¥", "售后单 ¥".encode()),
    ("decimal:2", Decimal("0"), b"0.00"),
    ("decimal:2", Decimal("12"), b"12.00"),
    ("decimal:2", Decimal("-0.5"), b"-0.50"),
    ("decimal:2", Decimal("999999999999.99"), b"999999999999.99"),
    ("decimal:4", Decimal("0.1"), b"0.1000"),
    ("datetime", AT, b"2026-03-01 23:59:59.12+00"),
    ("datetime", AT.replace(microsecond=0), b"2026-03-01 23:59:59+00"),
    ("datetime", AT.replace(second=0, microsecond=1), b"2026-03-01 23:59:00.000001+00"),
    ("date", date(2026, 2, 10), b"2026-02-10"),
    ("time", time(9, 30), b"09:30:00"),
    ("time", time(9, 30, 0, 500), b"09:30:00.0005"),
    ("duration", timedelta(days=2, microseconds=5), b"172800000005"),
    ("json", {}, b"{}"),
    (
        "json",
        {"bb": 1, "a": [True, None, "x\ny"], "é": 1.5},
        '{"a": [true, null, "x\\\\ny"], "bb": 1, "é": 1.5}'.encode(),
    ),
    ("bytes", b"", b"\\\\x"),
    ("bytes", b"\x00\xff\n", b"\\\\x00ff0a"),
    ("uuid", UUID(int=255), b"00000000-0000-0000-0000-0000000000ff"),
]


def line_of(kind: str, value: Any) -> bytes:
    """What is read of a table of one such column."""
    field = FIELDS[kind]
    field.set_attributes_from_name("value")
    table = type("T", (), {"number": 1, "table": "log_trial", "key": "id"})
    with connection.cursor() as cursor:
        cursor.execute(
            f'CREATE TEMPORARY TABLE log_trial (id bigint, "value" {field.db_type(connection)})'
        )
        try:
            prepared = None if value is None else field.get_db_prep_save(value, connection)
            cursor.execute("INSERT INTO log_trial VALUES (1, %s)", [prepared])
            layout = Layout("trial", 1, (("id", "int"), ("value", kind)))
            [(key, line)] = lines(table, layout, "v.id > 0")
        finally:
            cursor.execute("DROP TABLE log_trial")
    assert key == 1
    return line.partition(b"\t")[2]


@pytest.mark.parametrize(("kind", "value", "written"), WRITTEN)
def test_each_kind_is_written_as_agreed(kind: str, value: Any, written: bytes) -> None:
    assert line_of(kind, value) == written


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**18), 10**18) | st.floats(-1e20, 1e20) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=8,
)
VALUES = {
    "text": TEXT,
    "decimal:2": st.decimals(-(10**12) + 1, 10**12 - 1, places=2),
    "datetime": st.datetimes(timezones=st.just(UTC)),
    "time": st.times(),
    "duration": st.timedeltas(timedelta(days=-900), timedelta(days=900)),
    "json": JSON.filter(lambda value: value is not None),
    "bytes": st.binary(max_size=20),
    "uuid": st.uuids(),
}


@pytest.mark.postgres
@pytest.mark.parametrize("kind", VALUES)
def test_what_is_written_for_sqlite_is_what_postgresql_writes(kind: str) -> None:
    @settings(max_examples=60)
    @given(VALUES[kind])
    def same(value: Any) -> None:
        assert line_of(kind, value) == _writer(kind)(as_sqlite_holds(kind, value))

    same()


def as_sqlite_holds(kind: str, value: Any) -> Any:
    if kind == "json":
        return json.dumps(value)
    if kind == "datetime":
        return str(value.replace(tzinfo=None))
    if kind == "duration":
        return value // timedelta(microseconds=1)
    if kind.startswith("decimal"):
        return float(value)
    return {"time": str, "uuid": lambda uuid: uuid.hex}.get(kind, lambda same: same)(value)


@pytest.mark.once
def test_a_forged_value_of_another_type_is_not_the_same_bytes() -> None:
    assert _writer("decimal:2")(9.505) == b"9.505"
    assert _writer("decimal:2")("nine") == b"nine"
    assert _writer("bool")(2) == b"2"
    assert _writer("json")("{") == b"{"
    assert _writer("datetime")("yesterday") == b"yesterday+00"
    assert _writer("uuid")(b"\x01") == b"01"


@pytest.mark.once
def test_marks_name_the_columns_that_differ() -> None:
    layout = Layout("t", 1, (("id", "int"), ("name", "text"), ("amount", "decimal:2")))
    before, after = marks(b"1\tCup\t9.50"), marks(b"1\t\\N\t9.51")
    assert changed(layout, before, after) == ["name", "amount"]
    assert changed(layout, before, marks(b"1\tCup\t9.50")) == []


@pytest.mark.once
def test_every_table_that_is_written_once_has_a_layout_of_its_columns() -> None:
    assert outdated(read(FILE)) == []
    assert len({source.number for source in read(FILE)}) == len(read(FILE))
    labels = {model._meta.label for model in logged_models()}
    assert {"refunds.LedgerEntry", "refunds.HistoricalRefundCase"} <= labels


@pytest.mark.once
def test_no_column_of_a_layout_was_dropped_or_made_another_kind() -> None:
    """A leaf of long ago is made again from the columns that it was made of."""
    for source in read(FILE):
        columns = {field.attname: field for field in source.model._meta.concrete_fields}
        for layout in source.layouts:
            assert set(layout.names) <= set(columns), layout
            assert dict(layout.fields).items() <= dict(source.layouts[-1].fields).items(), layout


def test_an_older_layout_still_reads_after_a_column_was_added(cast: Cast) -> None:
    seal()
    source = by_label()["merchants.HistoricalStore"]
    older = Layout(source.label, 1, source.layouts[-1].fields[:-3])
    [old] = [line for _key, line in lines(source, older, f"v.id = {cast.a.pk}")]
    [new] = [line for _key, line in lines(source, source.layouts[-1], f"v.id = {cast.a.pk}")]
    assert new.startswith(old + b"\t")
    assert older.prefix != Layout(source.label, 2, older.fields).prefix
