"""Long jobs leave room for the tick and the log; whoever is at one keeps it for as long as they live."""

import os
import signal
import time
from contextlib import ExitStack
from multiprocessing import get_context
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache

from backoffice.actors import TIMER, system
from backoffice.audit.log.models import Verification
from backoffice.audit.log.running import begin, look_for_verifications
from backoffice.bulk import leases
from backoffice.bulk.leases import SHORT, leased, room_for_long_work
from backoffice.exporting.running import look_for_exports
from tests.cast import Cast
from tests.exporting.taking import ask_for


def taken(stack: ExitStack) -> int:
    """How many long jobs find room, all of which is taken until the end."""
    count = 0
    while stack.enter_context(room_for_long_work()):
        count += 1
    return count


@pytest.mark.once
def test_two_threads_are_left_whatever_there_is_to_do() -> None:
    with ExitStack() as stack:
        assert taken(stack) == settings.CELERY_WORKER_CONCURRENCY - SHORT
    with room_for_long_work() as granted:
        assert granted


@pytest.mark.once
def test_two_processes_are_left_too_and_one_that_is_killed_gives_its_place_back() -> None:
    forking, room = get_context("fork"), settings.CELERY_WORKER_CONCURRENCY - SHORT
    results = forking.SimpleQueue()
    workers = [
        forking.Process(target=hold, args=(results,), daemon=True)
        for _n in range(settings.CELERY_WORKER_CONCURRENCY)
    ]
    for worker in workers:
        worker.start()
    found = dict(results.get() for _worker in workers)
    assert sorted(found.values()) == [False] * SHORT + [True] * room
    with room_for_long_work() as granted:
        assert not granted
    killed = next(worker for worker in workers if found[worker.pid])
    killed.kill()
    killed.join()
    with room_for_long_work() as granted:
        assert granted
    for worker in workers:
        worker.kill()
        worker.join()


def hold(results: Any) -> None:
    """One process of a worker, at a long job if there is room, until it is killed."""
    with room_for_long_work() as granted:
        results.put((os.getpid(), granted))
        signal.pause()


@pytest.mark.django_db
def test_a_job_that_finds_no_room_waits_for_the_next_look(cast: Cast) -> None:
    run = ask_for(cast.manager, "orders.order")
    verification = begin(actor=system(TIMER), only_new=False, reason="It was time.")
    with ExitStack() as stack:
        taken(stack)
        look_for_exports()
        look_for_verifications()
        run.refresh_from_db()
        assert (run.state, Verification.objects.get().state) == ("asked", "asked")
    look_for_exports()
    look_for_verifications()
    run.refresh_from_db()
    verification.refresh_from_db()
    assert (run.state, verification.state) == ("ready", "holds")


@pytest.mark.once
def test_a_lease_is_kept_while_its_work_is_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leases, "LEASE", 0.03)
    with leased("silent") as ours:
        assert ours
        cache.delete("lease:silent")  # as if it had run out
        until = time.monotonic() + 60
        while cache.get("lease:silent") is None:
            assert time.monotonic() < until
    assert cache.get("lease:silent") is None


@pytest.mark.once
def test_a_job_is_leased_to_one_at_a_time() -> None:
    with leased("job") as ours, leased("job") as theirs:
        assert (ours, theirs) == (True, False)
    with leased("job") as again:
        assert again
