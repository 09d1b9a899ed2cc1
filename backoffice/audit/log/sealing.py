"""The sequencer: gives every row of history its place in the tree, behind the writers and never in their way.

One at a time works, under a lock that a killed one loses with its connection. Each chunk is one
transaction that begins by looking how far the log is, so there is nothing to repair after a kill. Rows
are found by what is missing in the log, never by “a higher number than the last”: numbers are handed out
in one order and committed in another. A watermark, below which everything is known to be in the log,
keeps that search short.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection, models, transaction

from backoffice.audit.log import tree
from backoffice.audit.log.layouts import Source
from backoffice.audit.log.lines import lines, marks
from backoffice.audit.log.merkle import Frontier, leaf_hash
from backoffice.audit.log.models import Leaf, Node
from backoffice.audit.log.watermarks import Horizon

LOCK = 6962  # the advisory lock of whoever appends to the log
CHUNK = 4000  # leaves of one transaction
Row = tuple[Any, ...]
SQLITE_CHUNK = 1000  # shorter: SQLite's other writers wait for its end


@dataclass
class Sealed:
    """How many rows were sealed, and whether everything was that had been committed when it began."""

    rows: int = 0
    whole: bool = False


def seal(*, everything: bool = False, wait: bool = False) -> int:
    """Put what is not in the log yet into it; gives how many rows that were.

    ``everything`` looks below the watermarks too. While somebody else is at it, there is nothing to do –
    or ``wait`` for one's turn.
    """
    return seal_for(None, everything=everything, wait=wait).rows


def seal_for(seconds: float | None, *, everything: bool = False, wait: bool = False) -> Sealed:
    """The same for about so many seconds: the rest is left to the next time."""
    until = None if seconds is None else time.monotonic() + seconds
    horizon, done = Horizon.seen(everything=everything), Sealed()
    while (found := _seal_chunk(horizon, wait=wait)) is not None:
        done.rows += found
        done.whole = not found
        if done.whole or (until is not None and time.monotonic() > until):
            break
    return done


@contextmanager
def turn(*, wait: bool = False) -> Iterator[bool]:
    """A transaction in which nobody else appends to the log; ``False`` while somebody else does.

    With ``wait`` it begins when the other's has ended.
    """
    with transaction.atomic():
        if connection.vendor != "postgresql":
            yield True  # the transaction has SQLite's only write lock
            return
        with connection.cursor() as cursor:
            if wait:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
                yield True
            else:
                cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
                yield cursor.fetchone()[0]


def _seal_chunk(horizon: Horizon, *, wait: bool) -> int | None:
    """Seal some rows, and say how many; ``None`` while somebody else is at it."""
    with turn(wait=wait) as is_ours:
        if not is_ours:
            return None
        size = tree.size()
        leaves = list(_missing(horizon, size))
        if leaves:
            _append(tree.edge(size), leaves)
        else:
            horizon.reached()
        return len(leaves)


def _missing(horizon: Horizon, index: int) -> Iterator[Row]:
    """The next rows that are not in the log, as the leaves that they become from ``index`` on."""
    room = CHUNK if connection.vendor == "postgresql" else SQLITE_CHUNK
    for source, above in horizon.open():
        layout, number = source.layouts[-1], source.number
        for row, line in lines(source, layout, unsealed(source, above), limit=room):
            hashed = leaf_hash(layout.prefix + line)
            yield index, number, row, layout.number, hashed, marks(line)
            index, room = index + 1, room - 1
        if not room:
            return


def unsealed(source: Source, above: int) -> str:
    """The SQL for rows ``v`` with a number above ``above`` that are not in the log."""
    leaf = Leaf._meta.db_table
    return (
        f"v.{source.key} > {above:d} AND NOT EXISTS (SELECT 1 FROM {leaf} l "  # noqa: S608 - our own words
        f"WHERE l.source = {source.number:d} AND l.row = v.{source.key})"
    )


def _append(edge: Frontier, leaves: list[Row]) -> None:
    _insert(Leaf, ("index", "source", "row", "layout", "hash", "marks"), leaves)
    made = edge.extend([leaf[4] for leaf in leaves])
    nodes = [
        (level, first + n, node)
        for level, (first, those) in made.items()
        for n, node in enumerate(those)
    ]
    _insert(Node, ("level", "number", "hash"), nodes)


def _insert(model: type[models.Model], names: Sequence[str], rows: Sequence[Row]) -> None:
    """Write many rows: PostgreSQL is sent the rows alone."""
    table, columns = model._meta.db_table, ", ".join(f'"{name}"' for name in names)
    with connection.cursor() as cursor:
        if connection.vendor != "postgresql":
            places = ", ".join(["%s"] * len(names))
            cursor.executemany(f"INSERT INTO {table} ({columns}) VALUES ({places})", rows)  # noqa: S608 - our own words
            return
        statement = f"COPY {table} ({columns}) FROM STDIN"
        with connection.wrap_database_errors, cursor.cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(row)
