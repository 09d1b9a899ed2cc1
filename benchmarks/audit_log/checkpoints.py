"""As many checkpoints as years leave behind: what verifying them takes beside the rows that they cover."""

import os
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from backoffice.audit.log import notes, tree
from backoffice.audit.log.merkle import Frontier
from backoffice.audit.log.models import Anchoring, Checkpoint, Leaf
from backoffice.audit.log.notes import SigningKey
from backoffice.audit.log.rows import in_steps
from backoffice.clock import now
from benchmarks.audit_log.compare import LATER, grown
from benchmarks.audit_log.processes import child, log_of_its_own, vacuum
from benchmarks.results.world import make_store

SHARE = 10  # rows under each checkpoint
BATCH = 5_000  # checkpoints that are written together


def compare(count: int) -> None:
    """Verify ``count`` rows under a few checkpoints, then under a tenth as many, then what is new; print it."""
    with log_of_its_own() as anchor:
        store = make_store("checkpoints")
        size = grown(store, count)["size"]
        few = child("verify")
        _sign_between(size, anchor)
        many = child("verify")
        grown(store, size + LATER)
        new = child("verify", str(size))
    signed = many["checkpoints"] - few["checkpoints"]
    more = many["seconds"] - few["seconds"]
    write = sys.stdout.write
    write(f"checkpoints of history, {size} rows, PostgreSQL\n")
    for run in (few, many):
        write(
            f"  verify all              {run['seconds']:8.2f} s   {run['checkpoints']} checkpoints "
        )
        write(f"in the database and at an anchor: {run['megabytes']:.1f} MB\n")
    write(f"  {signed} checkpoints more  {more:8.2f} s   {1e6 * more / signed:.0f} µs each: ")
    write(f"a year of one a minute would take {more / signed * 525_600:.0f} s\n")
    write(f"  verify what is new      {new['seconds']:8.2f} s   {new['rows']} rows, ")
    write(f"{new['checkpoints']} checkpoints of {many['checkpoints']}: {new['megabytes']:.1f} MB\n")


def _sign_between(size: int, anchor: Path) -> None:
    """Checkpoints of every tenth row, as if each had been signed and anchored in its time."""
    name, known = f"file:{anchor}", set(Checkpoint.objects.values_list("size", flat=True))
    fresh = (one for one in _signed(size) if one.size not in known)
    while batch := list(islice(fresh, BATCH)):
        Checkpoint.objects.bulk_create(batch)
        Anchoring.objects.bulk_create(
            Anchoring(checkpoint=one, anchor=name, at=one.at) for one in batch
        )
    with (anchor / "checkpoints").open("w", encoding="utf-8") as file:
        for note in Checkpoint.objects.order_by("size").values_list("note", flat=True).iterator():
            file.write(f"{note}\n")
    vacuum()


def _signed(size: int) -> Iterator[Checkpoint]:
    key, edge = SigningKey.read(os.environ["BENCHMARK_KEY"]), Frontier()
    for start, end in in_steps(0, tree.size(), BATCH * SHARE):
        leaves = Leaf.objects.filter(index__gte=start, index__lt=end).order_by("index")
        hashes = [bytes(found) for found in leaves.values_list("hash", flat=True)]
        for first, last in in_steps(0, min(end, size) - start, SHARE):
            edge.extend(hashes[first:last])
            note = notes.make(edge.size, edge.root(), now(), [key])
            yield Checkpoint(size=note.size, root=note.root, at=now(), note=str(note))
