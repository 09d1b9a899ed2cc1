"""Which row it was: the leaves as an anchor lists them, beside the rows as they are.

Whoever owns the database can put rows and all hashes in it in agreement with each other. What they cannot
change is outside: the list of leaves there leads to the root that was signed, or it is not used.
"""

from array import array
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator
from itertools import islice

from django.db.models import Q

from backoffice.audit.findings import Findings, Kind
from backoffice.audit.log.anchors import Folder, Listed, anchors
from backoffice.audit.log.keys import public_keys
from backoffice.audit.log.merkle import Frontier
from backoffice.audit.log.models import Leaf
from backoffice.audit.log.rows import Wanted, label_of, number_of, reread

STEP = 4096  # leaves that are held at a time


def locate(good: Frontier, findings: Findings) -> bool:
    """Name the rows after ``good``, the tree that still held, that are not what was listed.

    ``False`` where no anchor that can be read has a list that leads to what was signed.
    """
    for anchor in anchors():
        if isinstance(anchor, Folder) and (end := _proven(anchor, good.copy())):
            _Comparison(findings).run(anchor, good.size, end)
            return True
    return False


def _proven(anchor: Folder, edge: Frontier) -> int:
    """Up to where the anchor's list leads to its own newest signed checkpoint; 0 where it does not."""
    note = anchor.newest()
    if note is None or note.size <= edge.size or not note.signers(public_keys()):
        return 0
    for listed in _steps(anchor.leaves(edge.size, note.size)):
        if listed[0].index != edge.size:
            return 0
        edge.extend([leaf.hash for leaf in listed])
    return note.size if (edge.size, edge.root()) == (note.size, note.root) else 0


def _steps(leaves: Iterator[Listed]) -> Iterator[list[Listed]]:
    while step := list(islice(leaves, STEP)):
        yield step


class _Comparison:
    def __init__(self, findings: Findings) -> None:
        self.say = findings.say
        self.rows: dict[int, array[int]] = defaultdict(lambda: array("q"))  # listed, by table
        self.inserted = array("q")  # places of leaves that are not listed
        self.count = 0  # of the listed leaves that the database has

    def run(self, anchor: Folder, start: int, end: int) -> None:
        """Compare the rows of every listed leaf, find what is not listed, compare the order."""
        for step in _steps(anchor.leaves(start, end)):
            self._compare(step, [_wanted(leaf) for leaf in step])
        self._not_listed(start)
        for step in _steps(anchor.leaves(start, end)):
            self._order(step, [_wanted(leaf) for leaf in step], start)

    def _compare(self, step: list[Listed], wanted: list[Wanted]) -> None:
        chunk = reread(wanted)
        for place, (leaf, hashed) in enumerate(zip(step, chunk.hashes, strict=True)):
            self.rows[wanted[place].source].append(leaf.row)
            if hashed is None:
                self.say(Kind.REMOVED, leaf.label, leaf.row, leaf=leaf.index)
            elif place in chunk.changed:
                columns = chunk.changed[place]
                self.say(Kind.REWRITTEN, leaf.label, leaf.row, columns=columns, leaf=leaf.index)

    def _not_listed(self, start: int) -> None:
        """Leaves between those that are listed: behind the last of them new ones may stand."""
        found: list[tuple[int, int, int]] = []
        known = {source: array("q", sorted(rows)) for source, rows in self.rows.items()}
        leaves = Leaf.objects.filter(index__gte=start).order_by("index")
        for index, source, row in leaves.values_list("index", "source", "row").iterator(STEP):
            if not _has(known.get(source, array("q")), row):
                found.append((index, source, row))
                continue
            for place, number, key in found:  # a listed one comes after them
                self.inserted.append(place)
                self.say(Kind.INSERTED, label_of(number), key, leaf=place)
            found = []

    def _order(self, step: list[Listed], wanted: list[Wanted], start: int) -> None:
        """Whether the leaves stand in the order in which they are listed, whatever came or went."""
        places = _places(wanted)
        for leaf, known in zip(step, wanted, strict=True):
            place = places.get((known.source, known.row))
            if place is None:
                continue
            expected = start + self.count
            if place - bisect_left(self.inserted, place) != expected:
                self.say(Kind.MOVED, leaf.label, leaf.row, leaf=leaf.index, place=place)
            self.count += 1


def _has(rows: "array[int]", row: int) -> bool:
    place = bisect_left(rows, row)
    return place < len(rows) and rows[place] == row


def _wanted(leaf: Listed) -> Wanted:
    number = number_of(leaf.label)
    return Wanted(leaf.index, number, leaf.row, leaf.layout, leaf.hash, leaf.marks)


def _places(wanted: list[Wanted]) -> dict[tuple[int, int], int]:
    """Where the database has each leaf."""
    rows: dict[int, list[int]] = defaultdict(list)
    for leaf in wanted:
        rows[leaf.source].append(leaf.row)
    found: dict[tuple[int, int], int] = {}
    for source, those in rows.items():
        for n in range(0, len(those), 500):
            which = Q(source=source, row__in=those[n : n + 500])
            for row, index in Leaf.objects.filter(which).values_list("row", "index"):
                found[source, row] = index
    return found
