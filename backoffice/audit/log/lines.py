"""A row as bytes, the same on SQLite and PostgreSQL: a line as PostgreSQL's ``COPY`` writes it.

Columns are separated by tabs; nothing is ``\\N``, which is not the empty text. Decimals have their
column's scale, times are UTC with microseconds and without trailing zeros, durations are microseconds,
JSON has its keys sorted, by length and then by letters, bytes are hexadecimal. PostgreSQL writes all that
by itself, which is what makes reading fast; for SQLite it is written here.
"""

import json
import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import cache, partial
from itertools import starmap
from struct import pack
from typing import Any
from zlib import crc32

from django.db import connection

from backoffice.audit.log.layouts import Layout, Source

Line = tuple[int, bytes]
NULL = b"\\N"
SPECIAL = re.compile(r"[\b\f\n\r\t\v\\]")
ESCAPES = str.maketrans(
    {
        "\b": r"\b",
        "\f": r"\f",
        "\n": r"\n",
        "\r": r"\r",
        "\t": r"\t",
        "\v": r"\v",
        "\\": r"\\",
    }
)
# What PostgreSQL's text of a value depends on, as this form has it.
SESSION = (
    "SELECT set_config('TimeZone', 'UTC', false), set_config('DateStyle', 'ISO, YMD', false), "
    "set_config('bytea_output', 'hex', false)"
)
FETCHED = 2000  # rows that SQLite hands over at a time


def lines(source: Source, layout: Layout, where: str, *, limit: int = 0) -> Iterator[Line]:
    """The key and the line of each row ``v`` that ``where`` (SQL) finds, in the order of their keys."""
    on_postgresql = connection.vendor == "postgresql"
    columns = ", ".join(starmap(_selected if on_postgresql else _plain, layout.fields))
    query = f"SELECT {columns} FROM {source.table} v WHERE {where} ORDER BY v.{source.key}"  # noqa: S608 - our own words
    query += f" LIMIT {limit}" if limit else ""
    return _copied(query) if on_postgresql else _written(query, layout)


def marks(line: bytes) -> bytes:
    """Two bytes of each column: enough to say which of them differs from what it was."""
    columns = line.split(b"\t")
    return pack(f"<{len(columns)}H", *[crc32(column) & 0xFFFF for column in columns])


def changed(layout: Layout, before: bytes, after: bytes) -> list[str]:
    """The columns whose marks differ."""
    pieces = zip(layout.names, _twos(before), _twos(after), strict=False)
    return [name for name, old, new in pieces if old != new]


def _twos(data: bytes) -> list[bytes]:
    return [data[n : n + 2] for n in range(0, len(data), 2)]


def _copied(query: str) -> Iterator[Line]:
    with connection.cursor() as cursor:
        cursor.execute(SESSION)
        with (
            connection.wrap_database_errors,
            cursor.cursor.copy(f"COPY ({query}) TO STDOUT") as copy,
        ):
            for data in copy:
                line = bytes(data[:-1])
                yield int(line[: line.index(b"\t")]), line


def _written(query: str, layout: Layout) -> Iterator[Line]:
    writers = _writers(layout)
    connection.ensure_connection()
    cursor = connection.connection.cursor()
    try:
        cursor.execute(query)
        while rows := cursor.fetchmany(FETCHED):
            for row in rows:
                line = b"\t".join(
                    [
                        NULL if value is None else write(value)
                        for write, value in zip(writers, row, strict=True)
                    ]
                )
                yield row[0], line
    finally:
        cursor.close()


def _plain(name: str, kind: str) -> str:
    return f'+v."{name}"'  # an expression: of a column Django would have the value converted


def _selected(name: str, kind: str) -> str:
    if kind == "duration":
        return f'(EXTRACT(epoch FROM v."{name}") * 1000000)::bigint'
    return f'v."{name}"'


@cache
def _writers(layout: Layout) -> list[Callable[[Any], bytes]]:
    return [_writer(kind) for _name, kind in layout.fields]


def _writer(kind: str) -> Callable[[Any], bytes]:
    name, _colon, places = kind.partition(":")
    return partial(_decimal, int(places)) if name == "decimal" else WRITERS[name]


def _text(value: Any) -> bytes:
    """Whatever SQLite holds, as text: it takes any value in any column, and a forged one has to show."""
    text = (
        value if isinstance(value, str) else value.hex() if isinstance(value, bytes) else str(value)
    )
    return (text.translate(ESCAPES) if SPECIAL.search(text) else text).encode(
        "utf-8", "surrogateescape"
    )


def _bool(value: Any) -> bytes:
    return {0: b"f", 1: b"t"}.get(value) or _text(value)


def _decimal(places: int, value: Any) -> bytes:
    """SQLite has decimals as floats: with the column's scale, unless that would say another number."""
    try:
        text = f"{value:.{places}f}"
        return text.encode() if float(text) == value else _text(repr(value))
    except (TypeError, ValueError):
        return _text(value)


def _datetime(value: Any) -> bytes:
    return _time(value) + b"+00"


def _time(value: Any) -> bytes:
    text = _text(value)
    return text.rstrip(b"0").rstrip(b".") if b"." in text else text


def _bytes(value: Any) -> bytes:
    return b"\\\\x" + value.hex().encode() if isinstance(value, bytes) else _text(value)


def _uuid(value: Any) -> bytes:
    text = _text(value)
    if len(text) != 32:
        return text
    return b"-".join([text[:8], text[8:12], text[12:16], text[16:20], text[20:]])


def _json(value: Any) -> bytes:
    try:
        return _text(_sorted(json.loads(value, parse_float=Decimal)))
    except (TypeError, ValueError):
        return _text(value)


def _sorted(value: Any) -> str:
    """JSON as PostgreSQL keeps it."""
    if isinstance(value, dict):
        keys = sorted(value, key=lambda key: (len(key.encode()), key.encode()))
        return "{" + ", ".join(f"{_sorted(key)}: {_sorted(value[key])}" for key in keys) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_sorted, value)) + "]"
    if isinstance(value, Decimal):
        return f"{value or abs(value):f}"  # there is no -0
    return json.dumps(value, ensure_ascii=False)


WRITERS: dict[str, Callable[[Any], bytes]] = {
    "int": _text,
    "duration": _text,
    "date": _text,
    "text": _text,
    "bool": _bool,
    "datetime": _datetime,
    "time": _time,
    "bytes": _bytes,
    "uuid": _uuid,
    "json": _json,
}
