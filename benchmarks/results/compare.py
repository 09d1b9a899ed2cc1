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

from benchmarks.results.limit import by_hand
from benchmarks.results.stock import by_stock
from benchmarks.results.world import check_rows, make_store
from merchants.models import Store
from tests.refunds.many_sent import make_sent, write_answers

SIZE = 1_000  # payouts of a batch
SAMPLE = 500  # of the stock way, which would take the better part of an hour
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
    store, few, sample = make_store(), max(count // 10, 1), min(SAMPLE, count)
    small = _measured(store, few, lambda file: _ours(store, file))
    stock = _measured(store, sample, lambda file: _timed(lambda: by_stock(file))) / sample
    limits, runs = [], []
    for _time in range(TIMES):
        limits.append(_measured(store, count, lambda file: _timed(lambda: by_hand(store, file))))
        runs.append(_measured(store, count, lambda file: _ours(store, file)))
    check_rows()
    ours = sorted(runs, key=lambda run: run.seconds)[len(runs) // 2]
    sqlite = _in_a_process("on_sqlite", str(few))
    _tell(count, ours, stock * count, median(limits), small, few, sample)
    sys.stdout.write(f"  ours on SQLite          {sqlite.seconds:8.2f} s   for {few} rows\n")


def _tell(
    count: int, ours: Ours, stock: float, limit: float, small: Ours, few: int, sample: int
) -> None:
    write = sys.stdout.write
    write(f"bank results, {count} rows in batches of {SIZE}, PostgreSQL\n")
    write(f"  ours                    {ours.seconds:8.2f} s   ")
    write(f"check {ours.check:.2f} s, apply {ours.apply:.2f} s\n")
    write(f"  stock, row by row       {stock:8.2f} s   measured on {sample}: ")
    write(f"{stock / ours.seconds:.0f} × ours\n")
    write(f"  limit (SQL, no checks)  {limit:8.2f} s   ")
    write(f"ours is {ours.seconds / limit:.2f} × the limit\n")
    write(f"  our peak memory         {small.megabytes:8.1f} MB at {few}, ")
    write(f"{ours.megabytes:.1f} MB at {count}\n")


def _measured(store: Store, count: int, way: Callable[[Path], Any]) -> Any:
    """What ``way`` gives about a new file of ``count`` rows, whose payouts are all answered by it."""
    batches = make_sent(store, count, size=SIZE)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "day.csv"
        write_answers(file, batches)
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
        return way(file)


def _timed(work: Callable[[], None]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _ours(store: Store, file: Path) -> Ours:
    return _in_a_process("child", str(store.pk), str(file))


def _in_a_process(module: str, *arguments: str) -> Ours:
    command = [sys.executable, "-m", f"benchmarks.results.{module}", *arguments]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)  # noqa: S603
    return Ours(**json.loads(done.stdout))
