"""The Merkle tree of RFC 6962: hashes, roots, and proofs that anybody can check.

Nothing here knows a database. A *part* is a stretch of leaves ``[start, end)`` that is one subtree; a proof
is a list of the hashes of parts. Whole subtrees of 256, 65,536, … leaves are *nodes* of a level, which a
store keeps: with them any proof takes a few short reads.
"""

from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256

Part = tuple[int, int]
LEVEL = 8  # heights between two levels of kept nodes: 256 of one make one of the next
EMPTY = sha256().digest()
SIZE = 32  # bytes of a hash


def leaf_hash(data: bytes) -> bytes:
    """The hash of a leaf."""
    return sha256(b"\0" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two subtrees side by side."""
    return sha256(b"\1" + left + right).digest()


def pairs(nodes: Sequence[bytes]) -> list[bytes]:
    """The hashes of the next height, of an even number of ``nodes``."""
    return [
        sha256(b"\1" + left + right).digest()
        for left, right in zip(nodes[::2], nodes[1::2], strict=True)
    ]


class Frontier:
    """The right edge of a growing tree: one whole subtree per set bit of ``size``, and no leaf more."""

    def __init__(self) -> None:
        self.size = 0
        self._whole: dict[int, bytes] = {}

    @classmethod
    def at(cls, size: int, hash_of: Callable[[Part], bytes]) -> "Frontier":
        """The edge of a tree of ``size`` leaves, from the hashes of its whole subtrees."""
        edge = cls()
        edge.size = size
        for start, end in whole_parts((0, size)):
            edge._whole[(end - start).bit_length() - 1] = hash_of((start, end))
        return edge

    def copy(self) -> "Frontier":
        """The same edge, to be carried on by itself."""
        twin = Frontier()
        twin.size, twin._whole = self.size, dict(self._whole)
        return twin

    def extend(self, hashes: Sequence[bytes]) -> dict[int, tuple[int, list[bytes]]]:
        """Append leaves; gives, by level, the nodes that became whole: the first one's number, and all."""
        made: dict[int, tuple[int, list[bytes]]] = {}
        nodes, height, before = list(hashes), 0, self.size
        self.size += len(nodes)
        while nodes:
            if height and height % LEVEL == 0:
                made[height // LEVEL] = (before >> height, list(nodes))
            waiting = self._whole.pop(height, None)
            if waiting is not None:
                nodes.insert(0, waiting)
            if len(nodes) % 2:
                self._whole[height] = nodes.pop()
            nodes, height = pairs(nodes), height + 1
        return made

    def root(self) -> bytes:
        """The tree's root hash."""
        found: bytes | None = None
        for height in sorted(self._whole):
            whole = self._whole[height]
            found = whole if found is None else node_hash(whole, found)
        return EMPTY if found is None else found


def whole_parts(part: Part) -> list[Part]:
    """``part`` as whole subtrees, whose sizes are powers of two, from left to right."""
    start, end = part
    found = []
    while start < end:
        size = 1 << (end - start).bit_length() - 1
        if start:
            size = min(size, start & -start)
        found.append((start, start + size))
        start += size
    return found


def inclusion_parts(index: int, size: int) -> list[Part]:
    """The parts whose hashes prove that leaf ``index`` is in the tree of ``size``, the nearest first."""
    if not 0 <= index < size:
        raise ValueError(f"A tree of {size} leaves has no leaf {index}.")
    return list(_siblings(index, 0, size))


def _siblings(index: int, start: int, end: int) -> Iterator[Part]:
    if end - start == 1:
        return
    middle = start + _split(end - start)
    if index < middle:
        yield from _siblings(index, start, middle)
        yield middle, end
    else:
        yield from _siblings(index, middle, end)
        yield start, middle


def consistency_parts(old: int, new: int) -> list[Part]:
    """The parts whose hashes prove that the tree of ``old`` leaves is the beginning of that of ``new``."""
    if not 0 <= old <= new:
        raise ValueError(f"A tree of {new} leaves does not contain one of {old}.")
    return [] if old in (0, new) else list(_shared(old, 0, new, whole=True))


def _shared(old: int, start: int, end: int, *, whole: bool) -> Iterator[Part]:
    if old == end - start:
        if not whole:
            yield start, end
        return
    half = _split(end - start)
    if old <= half:
        yield from _shared(old, start, start + half, whole=whole)
        yield start + half, end
    else:
        yield from _shared(old - half, start + half, end, whole=False)
        yield start, start + half


def _split(size: int) -> int:
    """The largest power of two below ``size``: how many leaves stand in its left subtree."""
    return 1 << (size - 1).bit_length() - 1


def root_from_inclusion(index: int, size: int, leaf: bytes, proof: Sequence[bytes]) -> bytes:
    """The root that ``proof`` leads to from ``leaf``; raises ``ValueError`` for one of the wrong length."""
    parts = inclusion_parts(index, size)
    if len(parts) != len(proof):
        raise ValueError("The proof has not as many hashes as it takes.")
    found = leaf
    for (_start, end), beside in zip(parts, proof, strict=True):
        found = node_hash(beside, found) if end <= index else node_hash(found, beside)
    return found


def is_consistent(
    old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]
) -> bool:
    """Whether ``proof`` shows the tree of ``old_root`` to be the beginning of that of ``new_root``."""
    parts = consistency_parts(old, new)
    if len(parts) != len(proof):
        return False
    if old in (0, new):
        return old_root == (EMPTY if old == 0 else new_root)
    hashes = dict(zip(parts, proof, strict=True))
    if old & (old - 1) == 0:  # a whole subtree: the proof leaves its hash out
        hashes[0, old] = old_root
    return _root(hashes, 0, old) == old_root and _root(hashes, 0, new) == new_root


def _root(hashes: dict[Part, bytes], start: int, end: int) -> bytes:
    """The hash of a part, put together from those of its subtrees."""
    if (start, end) in hashes:
        return hashes[start, end]
    middle = start + _split(end - start)
    return node_hash(_root(hashes, start, middle), _root(hashes, middle, end))
