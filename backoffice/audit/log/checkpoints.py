"""Checkpoints: the root of the tree at a size, signed, every so often while there is something new.

Before a new one is signed, the last one is found again in what is kept: whoever changed hashes that were
signed gets no signature for them.
"""

import logging
from datetime import timedelta

from django.conf import settings

from backoffice.audit.log import notes, tree
from backoffice.audit.log.anchors import newest_anchored
from backoffice.audit.log.keys import public_keys, signing_keys
from backoffice.audit.log.merkle import Frontier
from backoffice.audit.log.models import Checkpoint, Leaf
from backoffice.audit.log.sealing import turn
from backoffice.clock import now

logger = logging.getLogger(__name__)


class LogForked(RuntimeError):
    """What is kept of the log does not continue what was signed. Nothing more is signed."""


def is_due() -> bool:
    """Whether the last checkpoint is old enough for another, or signed by a clock that was ahead."""
    last, least = latest(), timedelta(seconds=settings.AUDIT_CHECKPOINT_SECONDS)
    return last is None or not timedelta(0) <= now() - last.at < least


def latest() -> Checkpoint | None:
    """The last checkpoint that is kept."""
    return Checkpoint.objects.last()


def signed_size() -> int:
    """How many leaves are under a checkpoint."""
    last = latest()
    return last.size if last else 0


def sign(*, wait: bool = False) -> Checkpoint | None:
    """Sign the tree as it is now; ``None`` where there is nothing new, no key, or somebody else at it.

    With ``wait`` somebody else comes first. Raises ``LogForked``.
    """
    keys = signing_keys()
    if not keys or not _is_new():
        return None
    with turn(wait=wait) as is_ours:
        if not is_ours or not _is_new():
            return None
        last, size = latest(), tree.size()
        before = last.size if last else 0
        edge = _continued(last)
        for first in range(before, size, 10_000):
            rows = Leaf.objects.filter(index__gte=first, index__lt=min(first + 10_000, size))
            edge.extend([bytes(h) for h in rows.order_by("index").values_list("hash", flat=True)])
        note = notes.make(size, edge.root(), now(), keys)
        return Checkpoint.objects.create(size=size, root=note.root, at=now(), note=str(note))


def _is_new() -> bool:
    return tree.size() > signed_size()


def _continued(last: Checkpoint | None) -> Frontier:
    """The edge of the tree that was signed last, found to be what was signed."""
    anchored = newest_anchored()
    if anchored and (last is None or anchored.size > last.size):
        raise LogForked(
            f"A checkpoint of {anchored.size} rows was anchored, which the database does not know."
        )
    if last is None:
        return Frontier()
    note = notes.read(last.note)
    if not note.signers(public_keys()):
        raise LogForked(
            f"The checkpoint of {last.size} rows was not signed by a key that we know. Where the key "
            "was changed, AUDIT_PUBLIC_KEYS lacks the old public key."
        )
    edge = tree.edge(note.size)
    if note.size != last.size or edge.root() != note.root:
        raise LogForked(f"The log's first {last.size} rows are not those that were signed.")
    return edge
