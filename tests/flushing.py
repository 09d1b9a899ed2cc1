"""Emptying SQLite's tables between tests: rows that are written once go too, then their guards return."""

from typing import Any

from django.db import connection

from backoffice.audit.append_only import registered, trigger_names


def sql_flush(flush: Any, *arguments: Any, **options: Any) -> list[str]:
    """What Django flushes with, the guards out of the way; migrating, which follows, makes them anew.

    PostgreSQL truncates, which its guards of single rows do not see.
    """
    tables = [model._meta.db_table for model in registered()]
    drops = [f"DROP TRIGGER IF EXISTS {name}" for t in tables for name in trigger_names(t)]
    return [*(drops if connection.vendor == "sqlite" else []), *flush(*arguments, **options)]
