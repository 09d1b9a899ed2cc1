"""Tables whose rows the database itself refuses to change or delete, on SQLite and PostgreSQL.

Triggers are made anew after each migration: SQLite loses them whenever it rebuilds a table.
"""

from collections.abc import Iterator

from django.db import connection, models

_models: list[type[models.Model]] = []
REFUSAL = "Rows of {table} are written once: they are never changed or deleted."


def register_append_only(model: type[models.Model]) -> None:
    """Have the rows of ``model`` refuse UPDATE and DELETE from now on."""
    _models.append(model)


def registered() -> list[type[models.Model]]:
    """The models whose rows are written once."""
    return list(_models)


def install_triggers() -> None:
    """Make every trigger that is missing, and make the others anew."""
    with connection.cursor() as cursor:
        for model in _models:
            for statement in statements(model._meta.db_table):
                cursor.execute(statement)


def missing_triggers() -> list[str]:
    """The names of triggers that should be there and are not."""
    wanted = {name for model in _models for name in trigger_names(model._meta.db_table)}
    query = (
        "SELECT tgname FROM pg_trigger WHERE tgenabled <> 'D'"
        if connection.vendor == "postgresql"
        else "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    )
    with connection.cursor() as cursor:
        cursor.execute(query)
        return sorted(wanted - {name for (name,) in cursor.fetchall()})


def trigger_names(table: str) -> list[str]:
    """One trigger per kind of write that is refused."""
    return [f"{table}_no_update", f"{table}_no_delete"]


def statements(table: str) -> Iterator[str]:
    """The SQL that makes the triggers of ``table``, whatever was there before."""
    words = REFUSAL.format(table=table)
    if connection.vendor == "postgresql":
        yield (
            f"CREATE OR REPLACE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{words}' USING ERRCODE = 'integrity_constraint_violation'; "
            "END $$"
        )
    for name in trigger_names(table):
        verb = name.rpartition("_")[2].upper()
        yield f"DROP TRIGGER IF EXISTS {name}" + _on(table)
        yield f"CREATE TRIGGER {name} BEFORE {verb} ON {table} FOR EACH ROW " + _body(table, words)


def _on(table: str) -> str:
    return f" ON {table}" if connection.vendor == "postgresql" else ""


def _body(table: str, words: str) -> str:
    if connection.vendor == "postgresql":
        return f"EXECUTE FUNCTION {table}_refuse()"
    return f"BEGIN SELECT RAISE(ABORT, '{words}'); END"
