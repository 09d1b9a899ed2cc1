"""Rows that are not what their last version says, found by the database in one statement per table."""

from collections.abc import Iterator
from typing import Any

from django.db import connection

from backoffice.audit.models import version_model
from backoffice.audit.portions import Portion

FETCHED = 500  # rows that are looked at together


def suspects(portion: Portion) -> Iterator[list[int]]:
    """The keys of rows that have no version, or differ from the last one in any column.

    SQLite compares JSON by its letters, so that a suspect may turn out to be innocent.
    """
    with connection.chunked_cursor() as cursor:
        cursor.execute(*_query(portion))
        while rows := cursor.fetchmany(FETCHED):
            yield [key for (key,) in rows]


def _query(portion: Portion) -> tuple[str, tuple[Any, ...]]:
    model, quote, versions = portion.model, connection.ops.quote_name, version_model(portion.model)
    live, table, key = (
        model._meta.db_table,
        versions._meta.db_table,
        quote(str(model._meta.pk.column)),
    )
    names = [quote(str(field.column)) for field in versions.tracked_fields if not field.primary_key]
    differs = "IS DISTINCT FROM" if connection.vendor == "postgresql" else "IS NOT"
    different = " OR ".join(f"r.{name} {differs} v.{name}" for name in names)
    touched, params = _touched(portion, key)
    return (
        f"SELECT r.{key} FROM {live} r LEFT JOIN {table} v ON v.{key} = r.{key} AND v.history_number = "  # noqa: S608 - our own words
        f"(SELECT MAX(n.history_number) FROM {table} n WHERE n.{key} = r.{key}) "
        f"WHERE {touched}(v.history_id IS NULL OR {different}) ORDER BY r.{key}",
        params,
    )


def _touched(portion: Portion, key: str) -> tuple[str, tuple[Any, ...]]:
    """The condition on ``r`` that keeps the statement to what is new; none where all is looked at."""
    if portion.touched is None:
        return "", ()
    chosen, params = portion.touched.query.sql_with_params()
    return f"r.{key} IN ({chosen}) AND ", params
