"""What happens every few seconds: rows are sealed, and now and then a checkpoint is signed and anchored."""

import logging

from celery import shared_task
from django.core.cache import cache

from backoffice.audit.log import checkpoints, tree
from backoffice.audit.log.anchoring import REMEMBERED, anchor_all
from backoffice.audit.log.notes import BadKey
from backoffice.audit.log.sealing import seal_for
from backoffice.audit.log.tree import NotInTree
from backoffice.clock import now
from backoffice.health import beat

logger = logging.getLogger(__name__)
BUDGET = 20  # seconds of sealing in one go: the next task carries on
TROUBLE = "history-log:trouble"  # in the cache: why nothing is signed any more
COVERED = (
    "history signed"  # the heartbeat whose time says: all that was committed before it is signed
)


@shared_task(name="backoffice.seal")
def seal_at_tick() -> None:
    """Seal what is new; sign when it is time; leave checkpoints at the anchors."""
    began = now()
    done = seal_for(BUDGET)
    size = tree.size()
    if checkpoints.is_due():
        sign_and_anchor()
    if done.whole and checkpoints.signed_size() >= size:
        beat(COVERED, began)


def sign_and_anchor() -> None:
    """Sign the tree as it is, and leave what is new outside. A fork is reported, and signs nothing."""
    try:
        checkpoints.sign()
    except (checkpoints.LogForked, NotInTree, BadKey) as problem:
        logger.error("No checkpoint of history was signed: %s", problem)
        cache.set(TROUBLE, str(problem), REMEMBERED)
    else:
        cache.delete(TROUBLE)
    anchor_all()
