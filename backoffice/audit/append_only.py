"""Tables whose rows the database itself refuses to change or delete: every history, and the ledger.

SQLite and PostgreSQL refuse ``UPDATE`` and ``DELETE`` by triggers, PostgreSQL ``TRUNCATE`` as well. The
guards are lifted while migrations move rows, and stand again at their end: SQLite loses a table's
triggers whenever it rebuilds the table. A product whose tables lost their guards does not start.
"""

from dataclasses import dataclass

from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.db import Error, connection, models

from backoffice.audit.models import Version

_models: list[type[models.Model]] = []
_guards: list["Guard"] = []
REFUSAL = "Rows of %s are written once: they are never changed or deleted."
FUNCTION = "backoffice_written_once"


def register_append_only(model: type[models.Model]) -> None:
    """Have the rows of ``model`` refuse every write but INSERT from now on."""
    _models.append(model)


@dataclass(frozen=True)
class Guard:
    """What else a table refuses: ``verb`` (INSERT or UPDATE) of a row where ``when`` is true.

    ``when`` is SQL about ``OLD`` and ``NEW`` that SQLite and PostgreSQL read alike.
    """

    name: str
    table: str
    verb: str
    when: str
    sentence: str

    def make(self) -> list[str]:
        """The SQL that makes the trigger where there is none."""
        head = f"BEFORE {self.verb} ON {self.table} FOR EACH ROW"
        if connection.vendor != "postgresql":
            body = f"WHEN {self.when} BEGIN SELECT RAISE(ABORT, '{self.sentence}'); END"
            return [f"CREATE TRIGGER {self.name} {head} {body}"]
        function = (
            f"CREATE OR REPLACE FUNCTION {self.name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"IF {self.when} THEN RAISE EXCEPTION '{self.sentence}' USING ERRCODE = "
            "'integrity_constraint_violation'; END IF; RETURN NEW; END $$"
        )
        trigger = f"CREATE OR REPLACE TRIGGER {self.name} {head} EXECUTE FUNCTION {self.name}()"
        return [function, trigger]


def register_guard(guard: Guard) -> None:
    """Have the database keep ``guard`` from now on."""
    _guards.append(guard)


def guarded_models() -> list[type[models.Model]]:
    """Every model whose rows are written once: those that were registered, and all versions."""
    versions = (model for model in apps.get_models() if issubclass(model, Version))
    return list({model._meta.db_table: model for model in (*_models, *versions)}.values())


def guarded_tables() -> list[str]:
    """The tables of those models."""
    return sorted(model._meta.db_table for model in guarded_models())


def install_triggers() -> None:
    """Make every trigger that is missing."""
    missing = set(missing_triggers())
    if not missing:
        return
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_function())
        for table in guarded_tables():
            for name in missing.intersection(trigger_names(table)):
                cursor.execute(_statement(table, name))
        for guard in _guards:
            for statement in guard.make() if guard.name in missing else ():
                cursor.execute(statement)


def lift_triggers() -> None:
    """Take away every trigger that there is, for the time of a migration."""
    there = _existing()
    with connection.cursor() as cursor:
        for table in guarded_tables():
            for name in there.intersection(trigger_names(table)):
                cursor.execute(drop_statement(table, name))
        for guard in _guards:
            if guard.name in there:
                cursor.execute(drop_statement(guard.table, guard.name))


def missing_triggers() -> list[str]:
    """The names of triggers that should be there and are not."""
    wanted = {name for table in guarded_tables() for name in trigger_names(table)}
    wanted |= {guard.name for guard in _guards}
    return sorted(wanted - _existing())


def require_guards() -> None:
    """Raise ``ImproperlyConfigured`` where a table lost a guard; a database that is away says nothing."""
    try:
        missing = missing_triggers()
    except Error:
        return  # /healthz says so, and the product waits for it
    finally:
        connection.close()
    if missing:
        raise ImproperlyConfigured(
            f"The database lost {len(missing)} guards of rows that are written once, the first of them "
            f"{missing[0]}. Find out who removed them, then run: python manage.py migrate"
        )


def trigger_names(table: str) -> list[str]:
    """One trigger per kind of write that is refused."""
    kinds = ["update", "delete"]
    if connection.vendor == "postgresql":
        kinds.append("truncate")
    return [f"{table}_no_{kind}" for kind in kinds]


def drop_statement(table: str, name: str) -> str:
    """The SQL that takes away one trigger, if it is there."""
    on = f" ON {table}" if connection.vendor == "postgresql" else ""
    return f"DROP TRIGGER IF EXISTS {name}{on}"


def _existing() -> set[str]:
    query = (
        "SELECT tgname FROM pg_trigger WHERE tgenabled <> 'D'"
        if connection.vendor == "postgresql"
        else "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    )
    with connection.cursor() as cursor:
        cursor.execute(query)
        return {name for (name,) in cursor.fetchall()}


def _function() -> str:
    words = REFUSAL.replace("%s", "%")
    return (
        f"CREATE OR REPLACE FUNCTION {FUNCTION}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"RAISE EXCEPTION '{words}', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation'; "
        "END $$"
    )


def _statement(table: str, name: str) -> str:
    verb = name.rpartition("_")[2].upper()
    if connection.vendor == "postgresql":
        each = "STATEMENT" if verb == "TRUNCATE" else "ROW"
        return (
            f"CREATE OR REPLACE TRIGGER {name} BEFORE {verb} ON {table} "
            f"FOR EACH {each} EXECUTE FUNCTION {FUNCTION}()"
        )
    words = REFUSAL % table
    return (
        f"CREATE TRIGGER {name} BEFORE {verb} ON {table} FOR EACH ROW "
        f"BEGIN SELECT RAISE(ABORT, '{words}'); END"
    )
