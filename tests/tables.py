"""Databases whose tables are there, migrated once for all workers of a run, and copied by whoever needs one."""

import os
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from tests.faults.install import Install

MadeOnce = Callable[..., Path]
MIGRATE = ("migrate", "--verbosity=0")
TEMPLATE = "migrated_template"


def sqlite_tables(made_once: MadeOnce) -> Path:
    """The file of one, empty but for what is shipped."""
    folder = made_once("migrated", lambda folder: Install(folder).run(*MIGRATE))
    return folder / "db.sqlite3"


def postgres_tables(made_once: MadeOnce) -> str:
    """The same on PostgreSQL: the name of a database to be a new one's template."""
    made_once("migrated-postgres", _migrate_on_postgres)
    return TEMPLATE


def _migrate_on_postgres(folder: Path) -> None:
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as server:
        server.execute(f"DROP DATABASE IF EXISTS {TEMPLATE}")
        server.execute(f"CREATE DATABASE {TEMPLATE}")
    Install(folder, url_of(TEMPLATE)).run(*MIGRATE)


def url_of(name: str) -> str:
    """The URL of the database ``name`` on the server of this run."""
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()
