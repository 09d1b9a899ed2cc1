"""The log beside history alone: single changes of many writers, and verification."""

import sys
from statistics import median
from typing import Any

from backoffice.actors import INSTALLER, system
from backoffice.audit.bulk import create_many
from backoffice.audit.log import tree
from backoffice.audit.recording import recorded
from benchmarks.audit_log.processes import child, log_of_its_own, sequencer, vacuum
from benchmarks.results.world import make_store
from merchants.models import Store, Supplier
from tests.refunds.many import make_overdue

PER_CASE = (
    6  # rows of history that an overdue case brings: buyer, order, line, payment, case, its line
)
WRITERS = (8, 32)
SECONDS = 4  # of writing, in each run
TIMES = 3
LATER = 1_000  # rows that the verification of what is new reads


def compare(count: int) -> None:
    """Time writers with the log and without, and verify ``count`` rows of history; print it."""
    with log_of_its_own():
        store = make_store("log")
        sys.stdout.write(f"log of history, {count} rows, PostgreSQL\n")
        _writers(store)
        _verified(store, count)


def _verified(store: Store, count: int) -> None:
    few = grown(store, count // 10)
    small = child("verify")
    large = grown(store, count)
    big = child("verify")
    later = grown(store, large["size"] + LATER)
    new = child("verify", str(large["size"]))
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


def grown(store: Store, size: int) -> dict[str, Any]:
    """History of at least ``size`` rows, all of it sealed; figures of the longest sealing."""
    runs = [child("seal")]
    while (missing := size - tree.size()) > 0:
        make_overdue([store], min(-(-missing // PER_CASE), 50_000))
        runs.append(child("seal"))
    figures = {**max(runs, key=lambda run: run["rows"]), "size": tree.size()}
    vacuum()
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
    child("seal")
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
    with sequencer():
        return _written(count)


def _written(count: int) -> float:
    """Changes per second of ``count`` writers together."""
    return float(child("write", str(SECONDS), str(count))["changes"]) / SECONDS
