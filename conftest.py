"""Fixtures that every test may ask for, and what counts as a passed run."""

from collections.abc import Iterator
from functools import partial, partialmethod
from typing import Any
from unittest.mock import patch

import pytest
from django.conf import settings
from django.db import connection
from django.utils import translation
from hypothesis import settings as hypothesis_settings

from tests.cast import Cast, make_cast
from tests.flushing import sql_flush

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


@pytest.fixture(autouse=True)
def language() -> None:
    """Every test begins in the product's own language, whatever the last page was read in."""
    translation.activate(settings.LANGUAGE_CODE)


@pytest.fixture
def cast(db: None) -> Cast:
    """The fixed cast, in the database."""
    return make_cast()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On SQLite leave out what needs PostgreSQL: its own pass runs it."""
    if connection.vendor == "postgresql":
        return
    left_out = [item for item in items if item.get_closest_marker("postgres")]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


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
