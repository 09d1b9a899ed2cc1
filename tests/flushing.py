"""Emptying tables between tests: rows that are written once go too, then their guards return."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, models

from backoffice.audit.guards import sqlite
from backoffice.audit.guards.standing import broken_guards, guards

# PostgreSQL's triggers do not fire for a session that says it replicates; only a superuser may.
UNGUARDED, GUARDED = "SET session_replication_role = replica", "RESET session_replication_role"


def sql_flush(flush: Any, style: Any, tables: list[str], **options: Any) -> list[str]:
    """What Django flushes with, the guards out of the way; migrating, which follows, makes them anew.

    PostgreSQL takes long to truncate every table, and a moment to empty those that a test filled. What
    SQLite's guards have noted is no model's table, and would be a finding of whichever test verifies next.
    """
    if connection.vendor == "postgresql":
        return [UNGUARDED, *(f"DELETE FROM {name}" for name in filled(tables)), GUARDED]
    return [*lifting(), *flush(style, tables, **options), sqlite.FORGET]


def filled(tables: list[str]) -> list[str]:
    """The tables that have rows, as SQL writes their names."""
    names = [connection.ops.quote_name(table) for table in tables]
    asked = (f"SELECT %s WHERE EXISTS (SELECT FROM {name})" for name in names)
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(asked), names)
        return [row[0] for row in cursor.fetchall()]


@contextmanager
def unguarded() -> Iterator[None]:
    """Do what only the owner of the database can do, the guards out of the way."""
    on_postgresql = connection.vendor == "postgresql"
    if on_postgresql:
        connection.check_constraints()  # at the end of the test it would be too late
    with connection.cursor() as cursor:
        for statement in [UNGUARDED] if on_postgresql else lifting():
            cursor.execute(statement)
        yield
        for statement in [GUARDED] if on_postgresql else making():
            cursor.execute(statement)


def rewrite(rows: models.QuerySet, **values: Any) -> None:
    """Write ``values`` past history, as only the owner of the database can."""
    with unguarded() if connection.vendor == "postgresql" else forgotten():
        models.QuerySet.update(rows, **values)


@contextmanager
def forgotten() -> Iterator[None]:
    """The same on SQLite, faster: whoever owns the file can take the notes of a write away."""
    yield
    with connection.cursor() as cursor:
        cursor.execute(sqlite.FORGET)


def making() -> list[str]:
    """The statements that make all guards that were lifted; a unique key that was broken stays so."""
    return [step for name, own in broken_guards().items() if name in guards() for step in own]


def lifting() -> list[str]:
    """The statements that take all guards away."""
    return [guard.drop for guard in guards().values()]
