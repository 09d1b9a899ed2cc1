"""The log beside history alone: single changes of many writers, set-based work, and verification."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from django.db import connection

from backoffice.actors import INSTALLER, system
from backoffice.audit.bulk import create_many
from backoffice.audit.log import tree
from backoffice.audit.log.notes import SigningKey
from backoffice.audit.recording import recorded
from benchmarks.results.world import make_store
from merchants.models import Store, Supplier
from refunds.sweep import expire_deadlines
from tests.refunds.many import make_overdue

PER_CASE = (
    6  # rows of history that an overdue case brings: buyer, order, line, payment, case, its line
)
WRITERS = (8, 32)
SECONDS = 4  # of writing, in each run
TIMES = 3
LATER = 1_000  # rows that the verification of what is new reads
SWEPT = 10_000  # cases of the set-based run


def compare(count: int) -> None:
    """Verify ``count`` rows of history; time writers and a sweep with the log and without; print it."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["BENCHMARK_KEY"] = SigningKey.new("benchmark/history").written()
        os.environ["BENCHMARK_ANCHOR"] = str(Path(folder) / "anchor")
        store = make_store()
        write = sys.stdout.write
        write(f"log of history, {count} rows, PostgreSQL\n")
        _writers(store)
        _swept(store, min(SWEPT, max(count // 20, 100)))
        _verified(store, count)


def _verified(store: Store, count: int) -> None:
    few = _grown(store, count // 10)
    small = _child("verify")
    large = _grown(store, count)
    big = _child("verify")
    later = _grown(store, large["size"] + LATER)
    new = _child("verify", str(large["size"]))
    write = sys.stdout.write
    for name, run in ((f"{few['size']} rows", small), (f"{large['size']} rows", big)):
        write(f"  verify all              {run['seconds']:8.2f} s   {name}: ")
        write(f"{run['rows'] / run['seconds']:,.0f} rows/s, ")
        write(
            f"{run['rows'] / run['core']:,.0f} by its own core's time, {run['megabytes']:.1f} MB\n"
        )
        write(
            f"  compare live rows       {run['live']:8.2f} s   {run['compared']} with their last "
        )
        write("versions, by the database\n")
    write(f"  verify what is new      {new['seconds']:8.2f} s   ")
    write(f"{new['rows']} of {later['size']} rows; and {new['compared']} live rows in ")
    write(f"{new['live']:.2f} s\n")
    write(f"  seal                    {large['seconds']:8.2f} s   ")
    write(f"{large['rows'] / large['seconds']:,.0f} rows/s, {large['megabytes']:.1f} MB\n")


def _grown(store: Store, size: int) -> dict[str, Any]:
    """History of at least ``size`` rows, all of it sealed; figures of the longest sealing."""
    runs = [_child("seal")]
    while (missing := size - tree.size()) > 0:
        make_overdue([store], min(-(-missing // PER_CASE), 50_000))
        runs.append(_child("seal"))
    figures = {**max(runs, key=lambda run: run["rows"]), "size": tree.size()}
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return figures


def _writers(store: Store) -> None:
    with recorded(system(INSTALLER), "Rows to change."):
        create_many(
            [
                Supplier(merchant=store.merchant, code=f"w{writer}-{n}", name="Supplier")
                for writer in range(max(WRITERS))
                for n in range(50)
            ]
        )
    _child("seal")
    for count in WRITERS:
        pairs = [(_written(count), _with_log(count)) for _time in range(TIMES)]
        alone, logged = (median(runs) for runs in zip(*pairs, strict=True))
        more = 1000 * count * (1 / logged - 1 / alone)
        sys.stdout.write(
            f"  {count:2} writers, one change    {1000 * count / logged:8.2f} ms  "
            f"alone {1000 * count / alone:.2f} ms: the log costs {more:+.2f} ms a change, "
            f"{100 * (1 - logged / alone):+.1f} % of {alone:,.0f} changes/s\n"
        )


def _with_log(count: int) -> float:
    with _sequencer():
        return _written(count)


def _written(count: int) -> float:
    """Changes per second of ``count`` writers together."""
    return float(_child("write", str(SECONDS), str(count))["changes"]) / SECONDS


def _swept(store: Store, count: int) -> None:
    """A sweep alone, one with the sequencer beside it, and what sealing its rows takes by itself."""
    alone, beside, seals = [], [], []
    for _time in range(TIMES):
        make_overdue([store], count)
        _child("seal")
        alone.append(_timed_sweep())
        seals.append(_child("seal")["seconds"])
        make_overdue([store], count)
        _child("seal")
        with _sequencer():
            beside.append(_timed_sweep())
        _child("seal")
    usual, logged, sealing = median(alone), median(beside), median(seals)
    sys.stdout.write(
        f"  sweep of {count} cases    {logged:8.2f} s   alone {usual:.2f} s: the log beside it costs "
        f"{100 * (logged / usual - 1):+.1f} %; sealing what it wrote takes {sealing:.2f} s\n"
    )


def _timed_sweep() -> float:
    began = time.perf_counter()
    expire_deadlines()
    return time.perf_counter() - began


@contextmanager
def _sequencer() -> Iterator[None]:
    process = _started("sequence")
    assert process.stdout
    assert process.stdout.readline() == "ready\n"
    try:
        yield
    finally:
        process.communicate()


def _started(*arguments: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "benchmarks.audit_log.child", *arguments]
    return subprocess.Popen(  # noqa: S603
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def _child(*arguments: str) -> dict[str, Any]:
    process = _started(*arguments)
    out, _error = process.communicate()
    assert process.returncode == 0
    return dict(json.loads(out))
