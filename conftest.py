"""Fixtures that every test may ask for, and what counts as a passed run."""

import fcntl
import gc
import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial, partialmethod
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
import time_machine
from django.conf import settings
from django.db import connection
from django.utils import timezone, translation
from hypothesis import settings as hypothesis_settings

from backoffice.audit.log import verifying
from tests.cast import Cast, make_cast
from tests.flushing import sql_flush
from tests.tables import MadeOnce, postgres_tables

# They wait for programs to start and to end; at the end of a run nothing else would use that time.
LONG = ("tests/faults/", "tests/test_run.py")
hypothesis_settings.register_profile("suite", deadline=None, print_blob=True)
hypothesis_settings.load_profile("suite")


@pytest.fixture(scope="session", autouse=True)
def rows_written_once_are_flushed() -> Iterator[None]:
    """Let Django empty the tables between tests."""
    operations = type(connection.ops)
    with patch.object(operations, "sql_flush", partialmethod(flushed, operations.sql_flush)):
        yield


def flushed(operations: Any, flush: Any, *arguments: Any, **options: Any) -> list[str]:
    """``sql_flush`` as a method."""
    return sql_flush(partial(flush, operations), *arguments, **options)


@pytest.fixture(scope="session", autouse=True)
def rows_of_the_set_up_are_not_late() -> Iterator[None]:
    """They are as old as the run, which takes longer than a row may wait for its seal."""
    with patch.object(verifying, "LATE", timedelta(hours=9)):
        yield


@pytest.fixture(autouse=True)
def language() -> None:
    """Every test begins in the product's own language, whatever the last page was read in."""
    translation.activate(settings.LANGUAGE_CODE)


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> MadeOnce:
    """``made_once(name, make)``: a folder that ``make`` filled, once for the workers of this run.

    The first that asks makes it, while the others wait.
    """
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base

    def made_once(name: str, make: Callable[[Path], object]) -> Path:
        folder = shared / name
        folder.mkdir(exist_ok=True)
        with (folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not (folder / "done").exists():
                make(folder)
                (folder / "done").touch()
        return folder

    return made_once


@pytest.fixture
def still_clock() -> Iterator[None]:
    """The clock stands for the length of a test: no midnight passes between two of its statements."""
    with time_machine.travel(timezone.now(), tick=False):
        yield


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, made_once: MadeOnce
) -> None:
    """On PostgreSQL each worker copies the tables that were migrated once."""
    if connection.vendor == "postgresql":
        connection.settings_dict["TEST"].update(TEMPLATE=postgres_tables(made_once), MIGRATE=False)


@pytest.fixture
def cast(db: None) -> Cast:
    """The fixed cast, in the database."""
    return make_cast()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with what takes long; on SQLite leave out what needs PostgreSQL: its own pass runs it."""
    items.sort(key=lambda item: not item.nodeid.startswith(LONG))
    if connection.vendor == "postgresql":
        return
    left_out = [item for item in items if item.get_closest_marker("postgres")]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


def pytest_collection_finish(session: pytest.Session) -> None:
    """What is loaded by now stays: looking through it for garbage again and again took a fifth of a run."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """A skipped test proves nothing: the run fails."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter and reporter.stats.get("skipped") and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say why a run with skipped tests fails."""
    if terminalreporter.stats.get("skipped"):
        terminalreporter.write_line(
            "Tests were skipped, so this run does not count as passed.", red=True
        )
