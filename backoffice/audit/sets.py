"""Writes of many audited rows by the database itself: no row, and no version, comes into memory.

``backoffice.audit.bulk`` is for rows that are at hand. This is for thousands that a condition fits:
one statement for the rows, one for their versions, on SQLite and PostgreSQL alike.
"""

from collections.abc import Mapping
from typing import Any

from django.db import connection, models
from django.db.models import Expression, F, Value

from backoffice import clock
from backoffice.among import Among
from backoffice.audit.models import Audited, version_model
from backoffice.audit.numbers import numbers_of_many
from backoffice.audit.recording import UnrecordedChange, current_record

Columns = Mapping[models.Field, Expression | F]


def update_set(rows: models.QuerySet, **values: Any) -> int:
    """Write ``values`` (or expressions) to ``rows``, and one version of each; gives their number.

    The caller has locked the rows and seen to the rules. What ``rows`` is chosen by must not change
    with ``values``: the versions are of the rows that it finds afterwards.
    """
    current_record()
    written = models.QuerySet.update(rows, **values)
    copy_versions(rows, "~")
    return written


def insert_set(
    model: type[Audited], source: models.QuerySet, values: Mapping[str, Expression | F]
) -> list[int]:
    """Insert one row of ``model`` for each row of ``source``, with its version; gives the new ids.

    ``values`` says each field in terms of the source; what it leaves out gets the field's default.
    """
    current_record()
    columns = _columns(model, values)
    ids = [key for (key,) in _insert_select(model, source, columns, returning=model._meta.pk)]
    copy_versions(models.QuerySet[Any, Any](model).filter(Among("pk", ids)), "+")
    return ids


def insert_found(
    model: type[Audited],
    source: models.QuerySet,
    values: Mapping[str, Expression | F],
    *,
    found: models.QuerySet,
) -> None:
    """The same where a query tells the new rows afterwards: not even their ids come into memory."""
    current_record()
    _insert_select(model, source, _columns(model, values))
    copy_versions(found, "+")


def insert_plain(
    model: type[models.Model], source: models.QuerySet, values: Mapping[str, Expression | F]
) -> None:
    """Insert one row of ``model``, which has no history, for each row of ``source``."""
    if issubclass(model, Audited):
        raise UnrecordedChange("Use insert_set: this would skip history.")
    _insert_select(model, source, _columns(model, values))


def _columns(model: type[models.Model], values: Mapping[str, Expression | F]) -> Columns:
    fields = [field for field in model._meta.concrete_fields if not field.primary_key]
    return {field: values.get(field.name) or _fixed(field) for field in fields}


def _fixed(field: models.Field) -> Value:
    return Value(field.get_default(), output_field=field)


def copy_versions(
    rows: models.QuerySet, kind: str, *, reason: Expression | F | None = None
) -> None:
    """One version of each row as it stands, signed with the frame's actor, reason and source.

    ``reason`` says of each row, in its own terms, why it was written; else it is the frame's.
    """
    live: type[Audited] = rows.model
    model = version_model(live)
    stamp = model(history_date=clock.now(), history_type=kind)
    stamp.sign()
    tracked = {field.attname for field in model.tracked_fields}
    columns: dict[models.Field, Expression | F] = {
        field: F(field.attname)
        if field.attname in tracked
        else Value(getattr(stamp, field.attname), output_field=_plain(field))
        for field in model._meta.concrete_fields
        if not field.primary_key
    }
    columns[model._meta.get_field("history_number")] = numbers_of_many(model, kind)
    if reason is not None:
        columns[model._meta.get_field("history_change_reason")] = reason
    _insert_select(model, rows.order_by("pk"), columns)


def _plain(field: models.Field) -> models.Field:
    """The field whose values a foreign key holds."""
    return field.target_field if isinstance(field, models.ForeignKey) else field


def _insert_select(
    model: type[models.Model],
    source: models.QuerySet,
    columns: Columns,
    returning: models.Field | None = None,
) -> list[tuple[Any, ...]]:
    select, params = source.values_list(*columns.values()).query.sql_with_params()
    table, names = _quote(model._meta.db_table), ", ".join(_quote(f.column) for f in columns)
    statement = f"INSERT INTO {table} ({names}) {select}"
    with connection.cursor() as cursor:
        if returning is None:
            cursor.execute(statement, params)
            return []
        cursor.execute(f"{statement} RETURNING {_quote(returning.column)}", params)
        return cursor.fetchall()


def _quote(name: str | None) -> str:
    return connection.ops.quote_name(name or "")
