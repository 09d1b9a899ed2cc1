"""Who is at a job: one worker at a time, for as long as it lives, and never so many that the clock stops."""

from collections.abc import Iterator
from contextlib import contextmanager
from fcntl import LOCK_EX, LOCK_NB, LOCK_UN, lockf
from pathlib import Path
from tempfile import mkstemp
from threading import Event, Lock, Thread

from django.conf import settings
from django.core.cache import cache

LEASE = 30  # seconds after which a silent worker is taken for dead
SHORT = 2  # threads or processes that long jobs leave to the tick and to the sealing of history
ROOM = max(1, settings.CELERY_WORKER_CONCURRENCY - SHORT)
# A byte for each long job, which whoever is at it locks. The worker's processes are forked with this file
# open, so that they share it; and the kernel lets go of what was locked by one who was killed.
_places, _name = mkstemp()
Path(_name).unlink()
_own: set[int] = set()  # the places of this process's threads
_choosing = Lock()


@contextmanager
def room_for_long_work() -> Iterator[bool]:
    """``False`` while this worker has as many long jobs as it takes: the next tick looks again.

    They are counted over its threads, or over its processes.
    """
    place = _take_place()
    try:
        yield place is not None
    finally:
        if place is not None:
            _leave(place)


def _take_place() -> int | None:
    with _choosing:
        for place in range(ROOM):
            if place not in _own and _is_locked(place):
                _own.add(place)
                return place
    return None


def _is_locked(place: int) -> bool:
    """Whether the place is ours now, and was no other process's."""
    try:
        lockf(_places, LOCK_EX | LOCK_NB, 1, place)
    except OSError:
        return False
    return True


def _leave(place: int) -> None:
    with _choosing:
        _own.remove(place)
        lockf(_places, LOCK_UN, 1, place)


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
