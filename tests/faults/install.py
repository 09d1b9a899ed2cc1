"""A product of its own, used through its commands only, so that its processes can be killed."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

HOME = Path(__file__).resolve().parents[2]


class Install:
    """A product in the folder ``data``, on SQLite unless ``url`` names another database."""

    def __init__(self, data: Path, url: str = "") -> None:
        self.data, self.url = data, url
        kept = {name: value for name, value in os.environ.items() if not name.startswith("DJANGO_")}
        self.environment = {**kept, "DATA_DIR": str(data), "LOG_LEVEL": "ERROR"}
        self.environment.pop("DATABASE_URL", None)
        if url:
            self.environment["DATABASE_URL"] = url

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "manage.py", *arguments]
        return subprocess.Popen(
            command,
            cwd=HOME,
            env=self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )

    def run(self, *arguments: str) -> None:
        process = self.start(*arguments)
        _out, error = process.communicate(timeout=900)
        assert process.returncode == 0, error.decode()

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        with self.database() as database:
            return list(database.execute(query).fetchall())

    @contextmanager
    def database(self) -> Iterator[Any]:
        database: Any = (
            psycopg.connect(self.url, autocommit=True)
            if self.url
            else sqlite3.connect(self.data / "db.sqlite3", timeout=20)
        )
        try:
            yield database
        finally:
            database.close()
