"""A connection to PostgreSQL that is lost during a COMMIT: before it counts, or after it did."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from django.db import connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper


class Lost:
    """Ends the connection at the ``nth`` COMMIT, as a server does that goes down."""

    def __init__(self, nth: int, *, counted: bool, commit: Callable[[Any], None]) -> None:
        self.left, self.counted, self.commit = nth, counted, commit
        self.happened = False

    def __call__(self, wrapper: BaseDatabaseWrapper) -> None:
        self.left -= 1
        if self.left:
            self.commit(wrapper)
            return
        self.happened = True
        if self.counted:
            self.commit(wrapper)
        with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as server:
            pid = wrapper.connection.info.backend_pid
            server.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
        with wrapper.wrap_database_errors:
            wrapper.connection.execute("SELECT 1")


@contextmanager
def losing(monkeypatch: pytest.MonkeyPatch, nth: int, *, counted: bool) -> Iterator[Lost]:
    wrapper = type(connections["default"])
    lost = Lost(nth, counted=counted, commit=wrapper._commit)
    with monkeypatch.context() as patch:
        patch.setattr(wrapper, "_commit", lambda self: lost(self))
        yield lost
    connection.close()
