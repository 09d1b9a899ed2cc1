"""The comparison: a day's file over batches of a thousand, applied three ways in one run."""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from django.db import connection

from benchmarks.on_sqlite import on_sqlite
from benchmarks.results.limit import by_hand
from benchmarks.results.stock import by_stock
from benchmarks.results.world import check_rows, make_store, state_of
from merchants.models import Store
from tests.refunds.many_sent import make_sent, write_answers

SIZE = 1_000  # payouts of a batch
SAMPLES = {
    "postgresql": 500,
    "sqlite": 100,
}  # of the stock way, which would take the better part of an hour
TIMES = 3


@dataclass(frozen=True)
class Ours:
    """What our import's process says of itself."""

    check: float
    apply: float
    megabytes: float

    @property
    def seconds(self) -> float:
        """From the upload to the last version."""
        return self.check + self.apply


def compare(count: int) -> None:
    """Apply files of ``count`` rows our way and at the limit, a sample the stock way; print it."""
    store, few = make_store(), max(count // 10, 1)
    small, state = _left(store, few)
    stock = _stock(store, count)
    limits, runs = [], []
    for _time in range(TIMES):
        limits.append(measured(store, count, lambda file: _timed(lambda: by_hand(store, file))))
        runs.append(measured(store, count, lambda file: applied(store, file)))
    check_rows()
    ours, limit = sorted(runs, key=lambda run: run.seconds)[len(runs) // 2], median(limits)
    sys.stdout.write(
        f"{_figures(count, ours, stock, few, small)}"
        f"  limit (SQL, no checks)  {limit:8.2f} s   ours is {ours.seconds / limit:.2f} × the limit\n"
    )
    told = on_sqlite("results", few)
    assert told.state == state, "SQLite was left with something else than PostgreSQL"
    sys.stdout.write(told.figures)


def run(count: int) -> tuple[str, str]:
    """The figures of a file of ``count`` rows in this database, and what it left."""
    store, few = make_store(), max(count // 10, 1)
    ours, state = _left(store, count)
    stock = _stock(store, count)
    small, _state = _left(store, few)
    check_rows()
    return _figures(count, ours, stock, few, small), state


def _left(store: Store, count: int) -> tuple[Ours, str]:
    """Our way with ``count`` rows, and what it left."""
    batches: list[int] = []
    ours = measured(store, count, lambda file: applied(store, file), batches)
    return ours, state_of(batches)


def _stock(store: Store, count: int) -> float:
    """The seconds that the stock way would take, by a sample."""
    sample = _sample(count)
    return measured(store, sample, lambda file: _timed(lambda: by_stock(file))) / sample * count


def _sample(count: int) -> int:
    return min(SAMPLES[connection.vendor], count)


def _figures(count: int, ours: Ours, stock: float, few: int, small: Ours) -> str:
    return (
        f"bank results, {count} rows in batches of {SIZE}, {connection.display_name}\n"
        f"  ours                    {ours.seconds:8.2f} s   "
        f"check {ours.check:.2f} s, apply {ours.apply:.2f} s\n"
        f"  stock, row by row       {stock:8.2f} s   measured on {_sample(count)}: "
        f"{stock / ours.seconds:.0f} × ours\n"
        f"  our peak memory         {small.megabytes:8.1f} MB at {few}, "
        f"{ours.megabytes:.1f} MB at {count}\n"
    )


def measured(
    store: Store, count: int, way: Callable[[Path], Any], batches: list[int] | None = None
) -> Any:
    """What ``way`` gives about a new file of ``count`` rows, whose payouts are all answered by it."""
    made = make_sent(store, count, size=SIZE)
    if batches is not None:
        batches += made
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "day.csv"
        write_answers(file, made)
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")
        return way(file)


def _timed(work: Callable[[], None]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def applied(store: Store, file: Path) -> Ours:
    """Our import, in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.results.child", str(store.pk), str(file)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)  # noqa: S603
    return Ours(**json.loads(done.stdout))
