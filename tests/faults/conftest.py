"""What the fault tests begin with."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.install import Install


@pytest.fixture
def on_sqlite(made_once: Callable[..., Path], tmp_path: Path) -> Install:
    """A product on SQLite whose tables are there, and empty but for what is shipped."""
    tables = made_once("migrated", lambda folder: Install(folder).run("migrate", "--verbosity=0"))
    install = Install(tmp_path / "data")
    install.data.mkdir()
    shutil.copy(tables / "db.sqlite3", install.data)
    return install
