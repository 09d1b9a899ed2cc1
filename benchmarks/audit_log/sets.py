"""What the log costs the set-based ways: the sweep, a bank's result file, a file of refund requests.

Each is done alone, and beside the sequencer, which seals, signs and anchors what it writes while it runs.
"""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median

from django.db import connection

from backoffice.audit.log.models import Checkpoint, Leaf, Node
from benchmarks.audit_log.processes import child, log_of_its_own, sequencer, vacuum
from benchmarks.requests import compare as requests
from benchmarks.results import compare as results
from benchmarks.results.world import make_store
from merchants.models import Store
from refunds.sweep import expire_deadlines
from tests.refunds.many import make_overdue

TIMES = 3
Way = Callable[[Store, int], float]  # does a piece of work of so many rows; gives its seconds
# How often anybody asked the log's tables for a row, or wrote one.
TOUCHED = """
    SELECT coalesce(sum(seq_scan + coalesce(idx_scan, 0) + n_tup_ins + n_tup_upd), 0)
    FROM pg_stat_user_tables WHERE relname = ANY(%s)
"""


@dataclass
class Times:
    """The seconds of one way: alone, beside the sequencer, and of sealing what it wrote by itself."""

    alone: list[float] = field(default_factory=list)
    beside: list[float] = field(default_factory=list)
    sealing: list[float] = field(default_factory=list)
    touched: int = 0  # by the work itself, while nobody sealed


def compare(count: int) -> None:
    """Do each with ``count`` rows, three times alone and three times beside the sequencer; print it."""
    ways: dict[str, Way] = {"sweep": _swept, "bank results": _answered, "requests": _requested}
    with log_of_its_own():
        store = make_store("sets")
        sys.stdout.write(f"the log beside set-based work of {count} rows, PostgreSQL\n")
        for name, way in ways.items():
            sys.stdout.write(_told(name, _measured(way, store, count)))


def _measured(way: Way, store: Store, count: int) -> Times:
    times = Times()
    for _time in range(TIMES):
        before = _touched()
        times.alone.append(way(store, count))
        times.touched += _touched() - before
        times.sealing.append(child("seal")["seconds"])
        with sequencer():
            times.beside.append(way(store, count))
        child("seal")
    return times


def _told(name: str, times: Times) -> str:
    alone, beside, sealing = map(median, (times.alone, times.beside, times.sealing))
    return (
        f"  {name:14}          {beside:8.2f} s   alone {alone:.2f} s: the log beside it costs "
        f"{100 * (beside / alone - 1):+.1f} %; sealing what it wrote takes {sealing:.2f} s; "
        f"it touches the log's tables {times.touched} times itself\n"
    )


def _touched() -> int:
    tables = [model._meta.db_table for model in (Leaf, Node, Checkpoint)]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush()")
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(TOUCHED, [tables])
        return int(cursor.fetchone()[0])


def _swept(store: Store, count: int) -> float:
    make_overdue([store], count)
    vacuum()
    began = time.perf_counter()
    expire_deadlines()
    return time.perf_counter() - began


def _answered(store: Store, count: int) -> float:
    return results.measured(store, count, lambda file: results.applied(store, file)).seconds


def _requested(store: Store, count: int) -> float:
    run = requests.opened(store, requests.rows_about(store, count))
    return run.check + run.apply
