"""Tables whose rows the database itself refuses to change or delete: every history, and the ledger.

SQLite and PostgreSQL refuse ``UPDATE`` and ``DELETE`` by triggers, PostgreSQL ``TRUNCATE`` as well.
"""

from collections.abc import Iterator

from django.apps import apps
from django.db import connection, models

from backoffice.audit.guards.trigger import Trigger, refusal
from backoffice.audit.models import Version

_models: list[type[models.Model]] = []
REFUSAL = "Rows of % are written once: they are never changed or deleted."
FUNCTION = "backoffice_written_once"


def register_append_only(model: type[models.Model]) -> None:
    """Have the rows of ``model`` refuse every write but INSERT from now on."""
    _models.append(model)


def guarded_models() -> list[type[models.Model]]:
    """Every model whose rows are written once: those that were registered, and all versions."""
    versions = (model for model in apps.get_models() if issubclass(model, Version))
    return list({model._meta.db_table: model for model in (*_models, *versions)}.values())


def guarded_tables() -> list[str]:
    """The tables of those models."""
    return sorted(model._meta.db_table for model in guarded_models())


def triggers() -> Iterator[Trigger]:
    """One trigger per table and kind of write that is refused."""
    on_postgresql = connection.vendor == "postgresql"
    for table in guarded_tables():
        words = REFUSAL.replace("%", table)
        body = (
            f"BEGIN {refusal(REFUSAL, 'TG_TABLE_NAME')} END"
            if on_postgresql
            else f"BEGIN SELECT RAISE(ABORT, '{words}'); END"
        )
        for verb in ("UPDATE", "DELETE", *(["TRUNCATE"] if on_postgresql else [])):
            each = "STATEMENT" if verb == "TRUNCATE" else "ROW"
            name, moment = f"{table}_no_{verb.lower()}", f"BEFORE {verb}"
            yield Trigger(name, table, moment, body, each=each, function=FUNCTION)
