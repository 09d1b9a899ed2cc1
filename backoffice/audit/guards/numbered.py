"""No two versions of a row have one number: the unique key that keeps a row from forking."""

from dataclasses import dataclass

from django.apps import apps
from django.db import connection

from backoffice.audit.models import Version

COLUMNS = '("id", "history_number")'
KEYS = {
    "postgresql": """
        SELECT c.relname FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
        JOIN pg_index i ON i.indexrelid = k.conindid
        WHERE k.contype = 'u' AND NOT k.condeferrable AND i.indisvalid AND i.indisready
            AND pg_table_is_visible(c.oid) AND pg_get_constraintdef(k.oid) = 'UNIQUE (id, history_number)'
    """,
    "sqlite": """
        SELECT tbl_name FROM sqlite_master WHERE sql LIKE '%CONSTRAINT%UNIQUE ("id", "history_number")%'
            OR sql LIKE 'CREATE UNIQUE INDEX %("id", "history_number")'
    """,
}


@dataclass(frozen=True)
class Key:
    """The unique key of one table of versions."""

    table: str
    name: str

    @property
    def make(self) -> str:
        """The SQL that makes it again; it fails where two versions have one number already."""
        if connection.vendor == "postgresql":
            return f"ALTER TABLE {self.table} ADD CONSTRAINT {self.name} UNIQUE {COLUMNS}"
        return f"CREATE UNIQUE INDEX {self.name} ON {self.table} {COLUMNS}"


def keys() -> dict[str, Key]:
    """The key of each table of versions, by its name."""
    versions = (model for model in apps.get_models() if issubclass(model, Version))
    every = (Key(model._meta.db_table, f"{model._meta.model_name}_number") for model in versions)
    return {key.name: key for key in every}


def missing_keys() -> list[str]:
    """The names of keys that their tables lost."""
    with connection.cursor() as cursor:
        cursor.execute(KEYS[connection.vendor])
        keyed = {table for (table,) in cursor.fetchall()}
    return sorted(name for name, key in keys().items() if key.table not in keyed)
