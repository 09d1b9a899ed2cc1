"""One sweep in a process of its own, so that its memory is its own: prints figures as JSON."""

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"

import django

django.setup()

from benchmarks.memory import peak_megabytes  # noqa: E402
from refunds.sweep import run  # noqa: E402


def timed(pages: Callable[..., Iterator[list[Any]]], seconds: list[float]) -> Callable[..., Any]:
    """The same pages; how long each took, by the case, goes into ``seconds``."""

    def wrapped(*args: Any) -> Iterator[list[Any]]:
        began = time.perf_counter()
        for page in pages(*args):
            yield page
            seconds.append((time.perf_counter() - began) / len(page))
            began = time.perf_counter()

    return wrapped


def main() -> None:
    """Sweep, and say how long it took, in all and by page, and how much memory."""
    seconds: list[float] = []
    run.pages = timed(run.pages, seconds)
    began = time.perf_counter()
    sweep = run.expire_deadlines()
    took = time.perf_counter() - began
    figures = {
        "decided": sweep.decided,
        "seconds": took,
        "pages": seconds,
        "megabytes": peak_megabytes(),
    }
    sys.stdout.write(json.dumps(figures))


if __name__ == "__main__":
    main()
