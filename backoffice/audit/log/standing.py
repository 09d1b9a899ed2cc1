"""How the log stands: what is sealed and signed, by whom, where it is kept, and whether anything is wrong."""

from datetime import timedelta
from typing import Any

from django.core.cache import cache

from backoffice.audit.log import checkpoints, tree
from backoffice.audit.log.anchoring import last_anchored, trouble_of
from backoffice.audit.log.anchors import anchors
from backoffice.audit.log.keys import public_keys, signing_keys
from backoffice.audit.log.running import last_that_held
from backoffice.audit.log.ticking import TROUBLE
from backoffice.clock import now

LATE = timedelta(minutes=5)  # without a checkpoint, while rows wait for one


def state_of_log() -> dict[str, Any]:
    """What the auditor's page shows."""
    checkpoint, size = checkpoints.latest(), tree.size()
    return {
        "size": size,
        "checkpoint": checkpoint,
        "unsigned": size - (checkpoint.size if checkpoint else 0),
        "keys": [str(key) for key in public_keys()],
        "signs": bool(signing_keys()),
        "trouble": cache.get(TROUBLE, ""),
        "anchors": [
            {"name": anchor.name, "last": last_anchored(anchor), "trouble": trouble_of(anchor)}
            for anchor in anchors()
        ],
        "held": last_that_held(),
    }


def health() -> str:
    """In a word, for those who watch the product: “ok”, “unsigned”, “forked” or “late”."""
    if not signing_keys():
        return "unsigned"
    if cache.get(TROUBLE):
        return "forked"
    last = checkpoints.latest()
    waits = tree.size() > (last.size if last else 0)
    return "late" if waits and last and now() - last.at > LATE else "ok"
