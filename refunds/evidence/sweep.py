"""Files that no row names, because a transaction or a process ended too early: taken away after a day."""

import logging
from datetime import timedelta

from django.core.cache import cache
from django.core.files.storage import Storage, storages

from backoffice import clock
from refunds.models import Evidence

logger = logging.getLogger(__name__)

FOLDER = "evidence"
AGE = timedelta(days=1)  # no upload takes that long, so nothing that is being written is touched
EVERY = 6 * 3600


def sweep_now_and_then() -> int | None:
    """For the tick: sweep a few times a day, on one machine; ``None`` when it is not time."""
    return sweep() if cache.add("evidence-swept", 1, EVERY) else None


def sweep() -> int:
    """Delete the stray files of evidence that are older than a day; how many there were."""
    storage = storages["evidence"]
    if not storage.exists(FOLDER):
        return 0
    found = {f"{FOLDER}/{name}" for name in storage.listdir(FOLDER)[1]}
    for names in Evidence.objects.values_list("file", "preview").iterator():
        found.difference_update(names)
    strays = sum(_delete_if_old(storage, name) for name in found)
    if strays:
        logger.info("Deleted %d files of evidence that no row names.", strays)
    return strays


def _delete_if_old(storage: Storage, name: str) -> bool:
    try:
        old = storage.get_modified_time(name) < clock.now() - AGE
    except FileNotFoundError:  # another machine was faster
        return False
    if old:
        storage.delete(name)
    return old
