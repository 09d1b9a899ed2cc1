"""The tree as the database keeps it: what proofs are made from. The verifier does not ask here."""

from functools import lru_cache

from backoffice.audit.log.merkle import (
    LEVEL,
    Frontier,
    Part,
    consistency_parts,
    inclusion_parts,
    node_hash,
    pairs,
    whole_parts,
)
from backoffice.audit.log.models import Leaf, Node

BLOCK = 1 << LEVEL  # hashes that are read together
BLOCKS = 128  # of them that are remembered


class NotInTree(LookupError):
    """A hash that ought to be there is not: somebody took it away."""


def size() -> int:
    """How many leaves there are."""
    last = Leaf.objects.order_by("-index").values_list("index", flat=True).first()
    return 0 if last is None else last + 1


def edge(size: int) -> Frontier:
    """The right edge of the tree of ``size`` leaves, by the hashes that are kept."""
    return Frontier.at(size, whole)


def inclusion(index: int, size: int) -> list[bytes]:
    """The proof that leaf ``index`` is in the tree of ``size``."""
    return [_hash(part) for part in inclusion_parts(index, size)]


def consistency(old: int, new: int) -> list[bytes]:
    """The proof that the tree of ``old`` leaves is the beginning of that of ``new``."""
    return [_hash(part) for part in consistency_parts(old, new)]


def whole(part: Part) -> bytes:
    """The hash of a whole subtree, from at most 128 hashes of the level below it."""
    start, end = part
    height = (end - start).bit_length() - 1
    level = height // LEVEL
    first, last = start >> level * LEVEL, end >> level * LEVEL
    nodes = _leaves(first, last) if level == 0 else _nodes(level, first, last)
    if len(nodes) != last - first:
        raise NotInTree(f"The hashes of leaves {start} to {end - 1} are not all there.")
    while len(nodes) > 1:
        nodes = pairs(nodes)
    return nodes[0]


class Prover:
    """Inclusion proofs of many leaves of the tree of ``size``: what they share is read and hashed once."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._block = lru_cache(BLOCKS)(self._read)
        self._at_the_edge = lru_cache(BLOCKS)(self._joined)

    def inclusion(self, index: int) -> list[bytes]:
        """The proof that leaf ``index`` is in the tree; cheapest in the order of the leaves."""
        parts = inclusion_parts(index, self.size)
        return [
            self._at_the_edge(part) if part[1] == self.size else self._whole(part) for part in parts
        ]

    def _joined(self, part: Part) -> bytes:
        return _joined([self._whole(whole) for whole in whole_parts(part)])

    def _whole(self, part: Part) -> bytes:
        start, end = part
        level, height = divmod((end - start).bit_length() - 1, LEVEL)
        number = start >> level * LEVEL
        return self._block(level, number // BLOCK)[height][number % BLOCK >> height]

    def _read(self, level: int, block: int) -> list[list[bytes]]:
        """The hashes of one block of leaves or nodes, and those of every height above them."""
        first = block * BLOCK
        last = min(first + BLOCK, self.size >> level * LEVEL)
        heights = [_leaves(first, last) if level == 0 else _nodes(level, first, last)]
        if len(heights[0]) != last - first:
            raise NotInTree(
                f"The hashes of level {level} from {first} to {last - 1} are not all there."
            )
        while len(below := heights[-1]) > 1:
            heights.append(pairs(below[: len(below) // 2 * 2]))
        return heights


def _hash(part: Part) -> bytes:
    """The hash of any part, from those of its whole subtrees."""
    return _joined([whole(one) for one in whole_parts(part)])


def _joined(hashes: list[bytes]) -> bytes:
    """The hash of subtrees side by side, put together from the right."""
    *rest, found = hashes
    for left in reversed(rest):
        found = node_hash(left, found)
    return found


def _leaves(first: int, last: int) -> list[bytes]:
    rows = Leaf.objects.filter(index__gte=first, index__lt=last).order_by("index")
    return [bytes(found) for found in rows.values_list("hash", flat=True)]


def _nodes(level: int, first: int, last: int) -> list[bytes]:
    rows = Node.objects.filter(level=level, number__gte=first, number__lt=last).order_by("number")
    return [bytes(found) for found in rows.values_list("hash", flat=True)]
