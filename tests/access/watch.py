"""What a request did to the database: nothing, or exactly which rows.

Every statement of a request is read; the rows of each table that one of them wrote to are compared,
value by value, with what they were before – of all tables, when a statement does not say which.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from django.apps import apps
from django.db import connection, models

# What signing in and looking around may touch: nothing of the business is in it.
AWAY = {
    "django_session",
    "django_content_type",
    "django_migrations",
    "auth_permission",
    "django_admin_log",
    "backoffice_sensitiveread",  # looking is put on record, wherever there is something to see
}
WRITE = re.compile(
    r'^\s*(?:INSERT(?: OR \w+)? INTO|UPDATE|DELETE FROM|REPLACE INTO|TRUNCATE)\s+"?(\w+)', re.I
)
OTHER = re.compile(
    r"^\s*(?:ALTER|DROP|CREATE|COPY|WITH\b.*\b(?:INSERT|UPDATE|DELETE))\b", re.I | re.S
)

Rows = dict[str, dict[Any, tuple[Any, ...]]]


def counted(table: str) -> bool:
    """Whether a write to ``table`` is a write."""
    return table not in AWAY and not table.startswith("axes_")


def everything() -> Rows:
    """Every row of every table that counts, history included."""
    return {table: _by_key(model) for table, model in tables().items()}


@cache
def tables() -> dict[str, type[models.Model]]:
    """The tables that count, and whose rows they hold."""
    return {
        model._meta.db_table: model
        for model in apps.get_models(include_auto_created=True)
        if counted(model._meta.db_table) and model._meta.managed
    }


def _by_key(model: type[models.Model]) -> dict[Any, tuple[Any, ...]]:
    return {row[0]: row for row in _rows(model)}


def _rows(model: type[models.Model]) -> Iterator[tuple[Any, ...]]:
    others = [f.attname for f in model._meta.concrete_fields if not f.primary_key]
    for row in model._base_manager.order_by().values_list("pk", *others):
        yield tuple(bytes(v) if isinstance(v, memoryview) else str(v) for v in row)


def changes(before: Rows, written: set[str]) -> dict[str, set[Any]]:
    """Per table, the keys of rows that came, went or changed since ``before``."""
    found, known = {}, tables()
    for table in written if written <= known.keys() else known:
        old, new = before[table], _by_key(known[table])
        keys = {key for key in old.keys() | new.keys() if old.get(key) != new.get(key)}
        if keys:
            found[table] = keys
    return found


class Writes:
    """The tables that statements wrote to, whether it lasted or not."""

    def __init__(self) -> None:
        self.tables: set[str] = set()

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        found = WRITE.match(sql)
        if found and counted(found[1]):
            self.tables.add(found[1])
        elif not found and OTHER.match(sql):
            self.tables.add(sql[:60])
        return execute(sql, params, many, context)


@contextmanager
def watched() -> Iterator[Writes]:
    """Read every statement inside."""
    writes = Writes()
    with connection.execute_wrapper(writes):
        yield writes
