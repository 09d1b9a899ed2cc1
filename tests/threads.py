"""Several people, or workers, at the same instant: each on a database connection of its own."""

import threading
from collections.abc import Callable
from typing import Any

from django.db import connection


def at_once(*jobs: Callable[[], Any]) -> list[Any]:
    """What each job gave, or the exception it raised, when all start together."""
    barrier = threading.Barrier(len(jobs))
    results: list[Any] = [None] * len(jobs)

    def run(index: int, job: Callable[[], Any]) -> None:
        try:
            barrier.wait(60)
            results[index] = job()
        except Exception as error:  # the test looks at it
            results[index] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


def unexpected(results: list[Any], *expected: type[Exception]) -> list[Any]:
    """The exceptions among ``results`` that are none of ``expected``."""
    return [r for r in results if isinstance(r, Exception) and not isinstance(r, expected)]
