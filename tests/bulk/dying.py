"""A worker that dies at any statement of its work on a file."""

from collections.abc import Callable
from typing import Any

from django.core.cache import cache
from django.db import connection, transaction

from backoffice.bulk.jobs import carry_on
from backoffice.bulk.models import FileRun

# In a test savepoints stand for transactions: these end them, as the database does by itself.
ENDS = ("ROLLBACK", "RELEASE")


class Died(BaseException):
    """What no handler catches, as a killed process does not."""


class Fuse:
    """Lets so many statements through, and dies at the next one."""

    def __init__(self, left: int) -> None:
        self.left = left

    def __call__(
        self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any
    ) -> Any:
        if self.left == 0 and not sql.startswith(ENDS):
            raise Died
        self.left = max(0, self.left - 1)
        return execute(sql, params, many, context)


def dies_everywhere(run: FileRun, waits: str, holds: Callable[[], bool], *, stride: int = 1) -> int:
    """Work at ``run`` with ever longer fuses until it comes through; gives how often it died.

    Whenever it died the run still ``waits``, and what must not have changed ``holds``.
    """
    rows: Any = type(run)._default_manager
    for deaths, statements in enumerate(range(0, 10_000, stride)):
        cache.clear()
        try:
            with connection.execute_wrapper(Fuse(statements)):
                carry_on(run)
        except Died:
            transaction.set_rollback(False)  # what was committed before stays, as it would
            assert rows.get(pk=run.pk).state == waits, statements
            assert holds(), statements
        else:
            return deaths
    raise AssertionError("it never came through")
