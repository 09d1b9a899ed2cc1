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

from backoffice.actors import INSTALLER, system
from backoffice.audit.recording import recorded
from benchmarks.results.limit import by_hand
from benchmarks.results.stock import by_stock
from merchants.models import Merchant, Store
from refunds.models import LedgerEntry, Payout, RefundBatch, RefundCase, State
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
    store, few, sample = _store(), max(count // 10, 1), min(SAMPLE, count)
    small = _measured(store, few, lambda file: _ours(store, file))
    stock = _measured(store, sample, lambda file: _timed(lambda: by_stock(file))) / sample
    limits, runs = [], []
    for _time in range(TIMES if connection.vendor == "postgresql" else 1):
        if connection.vendor == "postgresql":
            limit = _measured(store, count, lambda file: _timed(lambda: by_hand(store, file)))
            limits.append(limit)
        runs.append(_measured(store, count, lambda file: _ours(store, file)))
    _check_rows()
    ours = sorted(runs, key=lambda run: run.seconds)[len(runs) // 2]
    _tell(count, ours, stock * count, median(limits) if limits else None, small, few, sample)


def _tell(
    count: int, ours: Ours, stock: float, limit: float | None, small: Ours, few: int, sample: int
) -> None:
    write = sys.stdout.write
    write(f"bank results, {count} rows in batches of {SIZE}, {connection.vendor}\n")
    write(f"  ours                    {ours.seconds:8.2f} s   ")
    write(f"check {ours.check:.2f} s, apply {ours.apply:.2f} s\n")
    write(f"  stock, row by row       {stock:8.2f} s   measured on {sample}: ")
    write(f"{stock / ours.seconds:.0f} × ours\n")
    if limit is not None:
        write(f"  limit (SQL, no checks)  {limit:8.2f} s   ")
        write(f"ours is {ours.seconds / limit:.2f} × the limit\n")
    write(f"  our peak memory         {small.megabytes:8.1f} MB at {few}, ")
    write(f"{ours.megabytes:.1f} MB at {count}\n")


def _store() -> Store:
    with recorded(system(INSTALLER), "A benchmark."):
        merchant = Merchant.objects.create(code="results", name="Results")
        return Store.objects.create(merchant=merchant, code="results", name="Results")


def _measured(store: Store, count: int, way: Callable[[Path], Any]) -> Any:
    """What ``way`` gives about a new file of ``count`` rows, whose payouts are all answered by it."""
    batches = make_sent(store, count, size=SIZE)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "day.csv"
        write_answers(file, batches)
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")
        result = way(file)
    assert not RefundBatch.objects.exclude(state=RefundBatch.State.RECONCILED).exists()
    return result


def _timed(work: Callable[[], None]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _ours(store: Store, file: Path) -> Ours:
    command = [sys.executable, "-m", "benchmarks.results.child", str(store.pk), str(file)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)  # noqa: S603
    return Ours(**json.loads(done.stdout))


def _check_rows() -> None:
    """Every way wrote the same: per payout its version and its two entries, per case its end."""
    payouts = Payout.objects.count()
    settled = Payout.objects.filter(state=Payout.State.SETTLED).count()
    assert RefundCase.objects.filter(state=State.REFUNDED).count() == settled
    assert LedgerEntry.objects.count() == LedgerEntry.history.count() == 2 * payouts
    assert Payout.history.count() == 3 * payouts
    assert RefundCase.history.count() == 2 * payouts + settled
