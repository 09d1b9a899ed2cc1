"""What a table refuses by a rule of its own."""

from dataclasses import dataclass

from django.db import connection

from backoffice.audit.guards.trigger import CODE, Trigger

_guards: list["Guard"] = []


@dataclass(frozen=True)
class Guard:
    """What else a table refuses: ``verb`` (INSERT, UPDATE or DELETE) of a row where ``when`` is true.

    ``when`` is SQL about ``OLD`` and ``NEW`` that SQLite and PostgreSQL read alike.
    """

    name: str
    table: str
    verb: str
    when: str
    sentence: str

    def trigger(self) -> Trigger:
        """The trigger that refuses it."""
        if connection.vendor == "postgresql":
            refuse = f"RAISE EXCEPTION '{self.sentence}' {CODE}"
            row = "OLD" if self.verb == "DELETE" else "NEW"
            body = f"BEGIN IF {self.when} THEN {refuse}; END IF; RETURN {row}; END"
        else:
            body = f"WHEN {self.when} BEGIN SELECT RAISE(ABORT, '{self.sentence}'); END"
        return Trigger(self.name, self.table, f"BEFORE {self.verb}", body)


def register_guard(guard: Guard) -> None:
    """Have the database keep ``guard`` from now on."""
    _guards.append(guard)


def triggers() -> list[Trigger]:
    """The trigger of each."""
    return [guard.trigger() for guard in _guards]
