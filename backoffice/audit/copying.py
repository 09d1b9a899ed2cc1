"""Thousands of new rows that are at hand, written with their versions as fast as the database takes them.

``audit.bulk`` writes a statement with a place for each value; from some thousand rows of many columns on,
making that statement is what takes the time. PostgreSQL is sent the rows alone, and makes the versions.
"""

from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any, TypeVar

from django.db import connection, models
from django.db.models import Expression, F

from backoffice.among import Among
from backoffice.audit.models import Audited
from backoffice.audit.recording import current_record
from backoffice.audit.sets import copy_versions

Row = TypeVar("Row", bound=Audited)
BATCH = 200  # rows of one statement on SQLite
RESERVE = "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)"


def copy_many(rows: Sequence[Row], *, reason: Expression | F | None = None) -> Sequence[Row]:
    """Insert ``rows`` and one version each; gives them back with their ids.

    ``reason`` says of each row, in its own terms, why it was written; else it is the frame's.
    """
    if not rows:
        return rows
    current_record()
    live = models.QuerySet[Any, Any](type(rows[0]))
    if connection.vendor == "postgresql":
        _send(rows)
    else:
        live.bulk_create(rows, batch_size=BATCH)
    copy_versions(live.filter(Among("pk", [row.pk for row in rows])), "+", reason=reason)
    return rows


def _send(rows: Sequence[Row]) -> None:
    """COPY the rows, under ids that are taken from the table's own sequence."""
    meta, quote = type(rows[0])._meta, connection.ops.quote_name
    fields = list(meta.concrete_fields)
    names = ", ".join(quote(str(field.column)) for field in fields)
    with connection.cursor() as cursor:
        cursor.execute(RESERVE, [quote(meta.db_table), meta.pk.column, len(rows)])
        for row, (key,) in zip(rows, cursor.fetchall(), strict=True):
            row.pk = key
        values = [_reading(field) for field in fields]
        statement = f"COPY {quote(meta.db_table)} ({names}) FROM STDIN"
        with connection.wrap_database_errors, cursor.cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row([made(row) for made in values])
    for row in rows:
        row._state.adding, row._state.db = False, connection.alias


def _reading(field: models.Field) -> Callable[[models.Model], Any]:
    """How the field's value is read from a row: only JSON has to be put differently for the driver."""
    if isinstance(field, models.JSONField):
        return lambda row: field.get_db_prep_save(getattr(row, field.attname), connection)
    if type(field).pre_save is models.Field.pre_save:
        return attrgetter(field.attname)
    return lambda row: field.pre_save(row, True)
