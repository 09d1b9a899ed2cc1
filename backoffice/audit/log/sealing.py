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


def seal(*, everything: bool = False, seconds: float | None = None) -> int:
    """Put what is not in the log yet into it; gives how many rows that were.

    ``everything`` looks below the watermarks too. After ``seconds`` the rest is left to the next time;
    while somebody else is at it, there is nothing to do.
    """
    until = None if seconds is None else time.monotonic() + seconds
    horizon = Horizon.seen(everything=everything)
    sealed, found = 0, 1
    while found:
        found = _seal_chunk(horizon)
        sealed += found
        if until is not None and time.monotonic() > until:
            return sealed
    return sealed


@contextmanager
def turn() -> Iterator[bool]:
    """A transaction in which nobody else appends to the log; ``False`` while somebody else does."""
    with transaction.atomic():
        if connection.vendor != "postgresql":
            yield True  # the transaction has SQLite's only write lock
            return
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
            yield cursor.fetchone()[0]


def _seal_chunk(horizon: Horizon) -> int:
    with turn() as is_ours:
        if not is_ours:
            return 0
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
