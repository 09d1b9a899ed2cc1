"""Leaving checkpoints at the anchors: what one of them did not take, it is offered again."""

import logging
from collections.abc import Iterator
from hashlib import sha256

from django.core.cache import cache

from backoffice.audit.log.anchors import Anchor, Listed, anchors
from backoffice.audit.log.layouts import sources
from backoffice.audit.log.models import Anchoring, Checkpoint, Leaf
from backoffice.clock import now

logger = logging.getLogger(__name__)
STEP = 10_000  # leaves read at a time
MOST = 200  # checkpoints for one anchor at a time
REMEMBERED = 24 * 3600  # seconds for which an anchor's trouble is told


def anchor_all() -> int:
    """Leave what is new at every anchor; gives how many checkpoints were left."""
    return sum(map(_anchor, anchors()))


def last_anchored(anchor: Anchor) -> Checkpoint | None:
    """The last checkpoint that ``anchor`` took."""
    taken = Checkpoint.objects.filter(anchorings__anchor=anchor.name)
    return taken.order_by("-size").first()


def trouble_of(anchor: Anchor) -> str:
    """Why ``anchor`` did not take the last one; empty where it did."""
    return cache.get(_key(anchor), "")


def _anchor(anchor: Anchor) -> int:
    last = last_anchored(anchor)
    before = last.size if last else 0
    fresh = Checkpoint.objects.filter(size__gt=before)
    those = list(fresh[:MOST] if anchor.wants_all else fresh.order_by("-size")[:1])
    for count, checkpoint in enumerate(those):
        try:
            anchor.leave(checkpoint.note, _listed(before, checkpoint.size))
        except OSError as problem:  # mail and HTTP raise kinds of it too
            logger.warning("The anchor %s did not take a checkpoint: %s", anchor.name, problem)
            cache.set(_key(anchor), str(problem), REMEMBERED)
            return count
        Anchoring.objects.get_or_create(
            checkpoint=checkpoint, anchor=anchor.name, defaults={"at": now()}
        )
        before = checkpoint.size
        cache.delete(_key(anchor))
    return len(those)


def _listed(start: int, end: int) -> Iterator[Listed]:
    labels = {number: source.label for number, source in sources().items()}
    for first in range(start, end, STEP):
        rows = Leaf.objects.filter(index__gte=first, index__lt=min(first + STEP, end))
        for leaf in rows.order_by("index").iterator(STEP):
            hashed, marks = bytes(leaf.hash), bytes(leaf.marks)
            yield Listed(leaf.index, labels[leaf.source], leaf.row, leaf.layout, hashed, marks)


def _key(anchor: Anchor) -> str:
    return f"anchor:{sha256(anchor.name.encode()).hexdigest()}"
