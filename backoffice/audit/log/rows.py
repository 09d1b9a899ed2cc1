"""Rows of history read again, as the leaves that they ought to be. Stored hashes are only compared with."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import NamedTuple

from django.db.models import QuerySet

from backoffice.among import Among
from backoffice.audit.log.layouts import Layout, Source, by_label, sources
from backoffice.audit.log.lines import changed, lines, marks
from backoffice.audit.log.models import Leaf

SPARSE = 4  # a range of numbers is read whole while it has at most so many times the rows wanted
DATE = "history_date"


class Wanted(NamedTuple):
    """A leaf, wherever it was noted: what row it is of, and what that was hashed to."""

    at: int
    source: int
    row: int
    layout: int
    hash: bytes
    marks: bytes


@dataclass
class Chunk:
    """Some leaves in their order, and what their rows are hashed to today; ``None``: there is no row."""

    leaves: list[Wanted]
    hashes: list[bytes | None] = field(default_factory=list)
    dates: list[bytes] = field(default_factory=list)  # of versions, as they are written
    changed: dict[int, list[str]] = field(default_factory=dict)  # columns, by place in the chunk


def stored(start: int, end: int) -> list[Wanted]:
    """The leaves that the database has, from ``start`` to before ``end``."""
    return _wanted(Leaf.objects.filter(index__gte=start, index__lt=end))


def stored_at(indexes: Sequence[int]) -> list[Wanted]:
    """The leaves that the database has at these places."""
    return _wanted(Leaf.objects.filter(Among("index", indexes)))


def _wanted(leaves: QuerySet) -> list[Wanted]:
    return [
        Wanted(index, source, row, layout, bytes(hashed), bytes(marked))
        for index, source, row, layout, hashed, marked in leaves.order_by("index").values_list(
            "index", "source", "row", "layout", "hash", "marks"
        )
    ]


def written(leaves: Sequence[Wanted]) -> Iterator[tuple[Wanted, Layout, bytes]]:
    """The rows of ``leaves`` as lines, in their order; a row that is gone is left out."""
    found: dict[int, tuple[Wanted, Layout, bytes]] = {}
    for source, layout, places in _grouped(leaves):
        for row, line in lines(source, layout, _where(source, places)):
            if (place := places.get(row)) is not None:
                found[place] = leaves[place], layout, line
    return (found[place] for place in sorted(found))


def reread(leaves: list[Wanted]) -> Chunk:
    """The rows of ``leaves`` read again."""
    chunk = Chunk(leaves, [None] * len(leaves), [b""] * len(leaves))
    for source, layout, places in _grouped(leaves):
        _read(chunk, source, layout, places)
    return chunk


def _grouped(leaves: Sequence[Wanted]) -> Iterator[tuple[Source, Layout, dict[int, int]]]:
    """Which rows of each table and layout are wanted, each with its place among ``leaves``."""
    groups: dict[tuple[int, int], dict[int, int]] = defaultdict(dict)
    for place, leaf in enumerate(leaves):
        groups[leaf.source, leaf.layout][leaf.row] = place
    for (number, layout_number), places in groups.items():
        source = sources().get(number)
        layout = source.layout(layout_number) if source else None
        if source and layout:
            yield source, layout, places


def _read(chunk: Chunk, source: Source, layout: Layout, places: dict[int, int]) -> None:
    head, leaves, hashes = b"\0" + layout.prefix, chunk.leaves, chunk.hashes
    from_end = _from_end(layout)
    for row, line in lines(source, layout, _where(source, places)):
        place = places.get(row)
        if place is None:
            continue
        hashed = hashes[place] = sha256(head + line).digest()
        if hashed != leaves[place].hash:
            chunk.changed[place] = changed(layout, leaves[place].marks, marks(line))
        if from_end:
            chunk.dates[place] = line.rsplit(b"\t", from_end)[1]


def _from_end(layout: Layout) -> int:
    """How many columns from the end the date stands; 0 where there is none."""
    names = layout.names
    return len(names) - names.index(DATE) if DATE in names else 0


def _where(source: Source, rows: Sequence[int] | dict[int, int]) -> str:
    low, high = min(rows), max(rows)
    if high - low < SPARSE * len(rows):
        return f"v.{source.key} BETWEEN {low:d} AND {high:d}"
    return f"v.{source.key} IN ({', '.join(map(str, rows))})"


def label_of(number: int) -> str:
    """What the table of that number is called."""
    source = sources().get(number)
    return source.label if source else f"table {number}"


def number_of(label: str) -> int:
    """The number of a table; 0 where the layouts know no such."""
    source = by_label().get(label)
    return source.number if source else 0


def in_steps(start: int, end: int, step: int) -> Iterator[tuple[int, int]]:
    """``start`` to ``end`` in stretches of at most ``step``."""
    for first in range(start, end, step):
        yield first, min(first + step, end)
