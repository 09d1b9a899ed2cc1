"""What the fault tests begin with."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from django.db import connection

from tests.faults.install import Install
from tests.tables import MadeOnce, postgres_tables, sqlite_tables, url_of


@pytest.fixture
def on_sqlite(made_once: MadeOnce, tmp_path: Path) -> Install:
    """A product on SQLite whose tables are there, and empty but for what is shipped."""
    install = Install(tmp_path / "data")
    install.data.mkdir()
    shutil.copy(sqlite_tables(made_once), install.data)
    return install


@pytest.fixture
def install(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Install]:
    """The same on the kind of database that this pass is about."""
    if connection.vendor != "postgresql":
        yield request.getfixturevalue("on_sqlite")
        return
    template = postgres_tables(request.getfixturevalue("made_once"))
    with _database(f"killed_{os.getpid()}", template) as url:
        yield Install(tmp_path / "data", url)


@contextmanager
def _database(name: str, template: str) -> Iterator[str]:
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        yield url_of(name)
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")
