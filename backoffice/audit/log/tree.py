"""The tree as the database keeps it: what proofs are made from. The verifier does not ask here."""

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


def _hash(part: Part) -> bytes:
    """The hash of any part: its whole subtrees, put together from the right."""
    *rest, found = map(whole, whole_parts(part))
    for left in reversed(rest):
        found = node_hash(left, found)
    return found


def _leaves(first: int, last: int) -> list[bytes]:
    rows = Leaf.objects.filter(index__gte=first, index__lt=last).order_by("index")
    return [bytes(found) for found in rows.values_list("hash", flat=True)]


def _nodes(level: int, first: int, last: int) -> list[bytes]:
    rows = Node.objects.filter(level=level, number__gte=first, number__lt=last).order_by("number")
    return [bytes(found) for found in rows.values_list("hash", flat=True)]
