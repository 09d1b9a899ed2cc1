"""One trigger of the database, made and taken away, and how to see whether it stands as it was made."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db import connection

CODE = "USING ERRCODE = 'integrity_constraint_violation'"


@dataclass(frozen=True)
class Trigger:
    """``moment`` says when it fires; ``body`` is all that it does.

    PostgreSQL keeps the body in a function: the trigger's own, or ``function`` where many share one. Of
    the rows where ``at_commit_of`` is true, it looks at commit. Both are written as PostgreSQL itself
    writes them, so that what it says of the trigger can be compared.
    """

    name: str
    table: str
    moment: str
    body: str
    each: str = "ROW"
    at_commit_of: str = ""
    function: str = ""
    settings: tuple[str, ...] = ()

    @cached_property
    def make(self) -> list[str]:
        """The SQL that makes the trigger where there is none."""
        if connection.vendor != "postgresql":
            return [
                f"CREATE TRIGGER {self.name} {self.moment} ON {self.table} FOR EACH ROW {self.body}"
            ]
        settings = " ".join(f"SET {setting}" for setting in self.settings)
        return [
            f"CREATE OR REPLACE FUNCTION {self.called}() RETURNS trigger LANGUAGE plpgsql "
            f"{settings} AS $${self.body}$$",
            self.definition,
        ]

    @cached_property
    def definition(self) -> str:
        """The trigger as PostgreSQL writes it down."""
        kind = "CONSTRAINT TRIGGER" if self.at_commit_of else "TRIGGER"
        late = "DEFERRABLE INITIALLY DEFERRED " if self.at_commit_of else ""
        only = f"WHEN ({self.at_commit_of}) " if self.at_commit_of else ""
        event, _, transition = self.moment.partition(" REFERENCING ")
        seen = f"REFERENCING {transition} " if transition else ""
        return (
            f"CREATE {kind} {self.name} {event} ON {self.table} {late}{seen}"
            f"FOR EACH {self.each} {only}EXECUTE FUNCTION {self.called}()"
        )

    @property
    def drop(self) -> str:
        """The SQL that takes the trigger away, if it is there."""
        on = f" ON {self.table}" if connection.vendor == "postgresql" else ""
        return f"DROP TRIGGER IF EXISTS {self.name}{on}"

    @property
    def called(self) -> str:
        """The function that PostgreSQL calls."""
        return self.function or self.name

    @property
    def print(self) -> tuple[Any, ...]:
        """What ``standing`` says of the trigger while nobody changed it."""
        if connection.vendor != "postgresql":
            return (self.make[0],)
        kept = [setting.replace(" = ", "=") for setting in self.settings]
        return self.definition, self.body, "plpgsql", False, kept


def refusal(sentence: str, *values: str) -> str:
    """The statement of a PostgreSQL function that refuses; each ``%`` stands for one of ``values``."""
    said = ", ".join([f"'{sentence}'", *values])
    return f"RAISE EXCEPTION {said} {CODE};"


# What replicates only, or is off, does not guard; nor does anything where a session says it replicates.
STANDING = {
    "postgresql": """
        SELECT t.tgname, pg_get_triggerdef(t.oid, true), p.prosrc, l.lanname, p.prosecdef,
            coalesce(p.proconfig, '{}')
        FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
        JOIN pg_proc p ON p.oid = t.tgfoid JOIN pg_language l ON l.oid = p.prolang
        WHERE NOT t.tgisinternal AND pg_table_is_visible(c.oid) AND (t.tgenabled = 'A'
            OR (t.tgenabled = 'O' AND current_setting('session_replication_role') <> 'replica'))
    """,
    "sqlite": "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'",
}


def standing() -> dict[str, tuple[Any, ...]]:
    """Every trigger that guards now, by its name: all that the database says of it."""
    with connection.cursor() as cursor:
        cursor.execute(STANDING[connection.vendor])
        return {name: tuple(said) for name, *said in cursor.fetchall()}
