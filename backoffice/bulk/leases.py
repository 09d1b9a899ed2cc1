"""Who is at a job: one worker at a time, for as long as it lives, and never so many that the clock stops."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore, Event, Thread

from django.conf import settings
from django.core.cache import cache

LEASE = 30  # seconds after which a silent worker is taken for dead
SHORT = 2  # threads that long jobs leave to the tick and to the sealing of history
_room = BoundedSemaphore(max(1, settings.CELERY_WORKER_CONCURRENCY - SHORT))


@contextmanager
def room_for_long_work() -> Iterator[bool]:
    """``False`` while this process has as many long jobs as it takes: the next tick looks again."""
    granted = _room.acquire(blocking=False)
    try:
        yield granted
    finally:
        if granted:
            _room.release()


@contextmanager
def leased(key: str) -> Iterator[bool]:
    """Whether the job ``key`` is ours until the end; whatever takes long, the lease is kept.

    Of one that was killed it runs out.
    """
    if not cache.add(f"lease:{key}", 1, LEASE):
        yield False
        return
    over = Event()
    keeper = Thread(target=_keep, args=(f"lease:{key}", over), daemon=True)
    keeper.start()
    try:
        yield True
    finally:
        over.set()
        keeper.join()
        cache.delete(f"lease:{key}")


def _keep(name: str, over: Event) -> None:
    while not over.wait(LEASE / 3):
        cache.set(name, 1, LEASE)
