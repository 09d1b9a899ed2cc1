"""The log's own processes: its sequencer, and pieces of work whose memory and core are their own."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.db import connection

from backoffice.audit.log.notes import SigningKey


@contextmanager
def log_of_its_own() -> Iterator[Path]:
    """A key and an anchor, for this process's children; gives the anchor."""
    with tempfile.TemporaryDirectory() as folder:
        anchor = Path(folder) / "anchor"
        os.environ["BENCHMARK_KEY"] = SigningKey.new("benchmark/history").written()
        os.environ["BENCHMARK_ANCHOR"] = str(anchor)
        yield anchor


def vacuum() -> None:
    """Let the database know its tables as they are now."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


@contextmanager
def sequencer() -> Iterator[None]:
    """Rows are sealed, signed and anchored as long as this lasts, as the worker does it."""
    process = started("sequence")
    assert process.stdout
    assert process.stdout.readline() == "ready\n"
    try:
        yield
    finally:
        process.communicate()


def started(*arguments: str) -> "subprocess.Popen[str]":
    """A piece of work that goes on until its input ends."""
    command = [sys.executable, "-m", "benchmarks.audit_log.child", *arguments]
    return subprocess.Popen(  # noqa: S603
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def child(*arguments: str) -> dict[str, Any]:
    """A piece of work in a process of its own; gives its figures."""
    process = started(*arguments)
    out, _error = process.communicate()
    assert process.returncode == 0
    return dict(json.loads(out))
