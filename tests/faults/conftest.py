"""What the fault tests begin with."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from django.db import connection

from tests.faults.install import Install


@pytest.fixture
def on_sqlite(made_once: Callable[..., Path], tmp_path: Path) -> Install:
    """A product on SQLite whose tables are there, and empty but for what is shipped."""
    tables = made_once("migrated", lambda folder: Install(folder).run("migrate", "--verbosity=0"))
    install = Install(tmp_path / "data")
    install.data.mkdir()
    shutil.copy(tables / "db.sqlite3", install.data)
    return install


@pytest.fixture
def install(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Install]:
    """The same on the kind of database that this pass is about."""
    if connection.vendor != "postgresql":
        yield request.getfixturevalue("on_sqlite")
        return
    made_once, template = request.getfixturevalue("made_once"), "killed_template"
    made_once("migrated-postgres", lambda folder: _migrated(folder, template))
    with _database(f"killed_{os.getpid()}", template) as url:
        yield Install(tmp_path / "data", url)


def _migrated(folder: Path, name: str) -> None:
    """Make a database whose tables are there, to be copied by the others."""
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as server:
        server.execute(f"DROP DATABASE IF EXISTS {name}")
        server.execute(f"CREATE DATABASE {name}")
    Install(folder, _url_of(name)).run("migrate", "--verbosity=0")


@contextmanager
def _database(name: str, template: str) -> Iterator[str]:
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        yield _url_of(name)
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _url_of(name: str) -> str:
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()
