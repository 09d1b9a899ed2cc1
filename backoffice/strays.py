"""Files that no row names, because a transaction or a process ended too early: taken away after a day."""

import logging
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.core.cache import cache
from django.core.files.storage import Storage, default_storage

from backoffice import clock
from backoffice.bulk.jobs import file_models
from backoffice.exporting.models import ExportRun

logger = logging.getLogger(__name__)
AGE = timedelta(days=1)  # nothing takes that long, so nothing that is being written is touched
EVERY = 6 * 3600


def sweep_now_and_then() -> int | None:
    """For the tick: sweep a few times a day, on one machine; ``None`` when it is not time."""
    return sweep() if cache.add("strays-swept", 1, EVERY) else None


def sweep() -> int:
    """Delete the stray files of exports and imports; how many there were."""
    kept: list[Any] = [ExportRun, *file_models()]
    return sum(
        delete_strays(
            default_storage,
            model._meta.model_name,
            model._base_manager.values_list("file", flat=True).iterator(),
        )
        for model in kept
    )


def delete_strays(storage: Storage, folder: str, named: Iterable[str]) -> int:
    """Delete what lies in ``folder``, is older than a day and not among ``named``; how much that was."""
    if not storage.exists(folder):
        return 0
    found = {f"{folder}/{name}" for name in storage.listdir(folder)[1]}
    found.difference_update(named)
    strays = [name for name in found if _delete_if_old(storage, name)]
    if strays:
        logger.info("Deleted %d files in %s that no row names.", len(strays), folder)
    return len(strays)


def _delete_if_old(storage: Storage, name: str) -> bool:
    try:
        old = storage.get_modified_time(name) < clock.now() - AGE
    except FileNotFoundError:  # another machine was faster
        return False
    if old:
        storage.delete(name)
    return old
