"""One piece of work in a process of its own, so that its memory and its core are its own: prints JSON.

``seal``: all that is not sealed, signed and anchored. ``verify``: all of history against the log; ``verify 5000``: from that
checkpoint on. ``sequence``: seal until the input ends, as the worker does. ``write 3 8``: change row
after row for three seconds, as eight writers.
"""

import json
import os
import random
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.db import connections  # noqa: E402

from backoffice.actors import IMPORTER, system  # noqa: E402
from backoffice.audit.log import checkpoints  # noqa: E402
from backoffice.audit.log.anchoring import anchor_all  # noqa: E402
from backoffice.audit.log.sealing import seal  # noqa: E402
from backoffice.audit.log.signed import checkpoint_of  # noqa: E402
from backoffice.audit.log.ticking import seal_at_tick  # noqa: E402
from backoffice.audit.log.verifying import verify_log  # noqa: E402
from backoffice.audit.recording import recorded  # noqa: E402
from backoffice.audit.verify import verify  # noqa: E402
from benchmarks.memory import peak_megabytes  # noqa: E402
from merchants.models import Supplier  # noqa: E402

_gates: list[Any] = []  # where the writers of a process wait for each other


def sealing() -> dict[str, Any]:
    """Seal, sign and anchor everything."""
    began = time.perf_counter()
    rows = seal()
    took = time.perf_counter() - began
    checkpoint = checkpoints.sign() or checkpoints.latest()
    anchor_all()
    return {"rows": rows, "seconds": took, "size": checkpoint.size if checkpoint else 0}


def verifying(since: str = "") -> dict[str, Any]:
    """Verify; how long that took, by the clock and on this process's core.

    ``live`` is the part in which the database compares live rows with their versions.
    """
    note = checkpoint_of(int(since)) if since else None
    began, own = time.perf_counter(), time.process_time()
    report = verify_log(since=note)
    assert report.findings.count == 0, report.findings.kept[:5]
    seconds, core = time.perf_counter() - began, time.process_time() - own
    live = verify(since=note.size if note else 0)
    assert live.found.count == 0, live.findings[:5]
    return {
        "rows": report.leaves,
        "checkpoints": report.checkpoints,
        "seconds": seconds,
        "core": core,
        "live": time.perf_counter() - began - seconds,
        "compared": live.rows,
    }


def sequencing() -> dict[str, Any]:
    """What the worker's task does, every second, until the input ends; says when it is there."""
    over = threading.Event()
    seal_at_tick()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    threading.Thread(target=_wait_for_the_end, args=(over,), daemon=True).start()
    while not over.wait(1):
        seal_at_tick()
    return {}


def _wait_for_the_end(over: threading.Event) -> None:
    sys.stdin.read()
    over.set()


def writing(seconds: str, count: str) -> dict[str, Any]:
    """So many writers at once, for so many seconds; how many changes they made together."""
    forking = get_context("fork")
    barrier = forking.Barrier(int(count))
    connections.close_all()
    with ProcessPoolExecutor(int(count), forking, _gates.append, (barrier,)) as pool:
        changes = pool.map(_write, [float(seconds)] * int(count), range(int(count)))
        return {"changes": sum(changes)}


def _write(seconds: float, number: int) -> int:
    """Change a row, a version each time, for so many seconds; how many times that was."""
    actor, chance, changes = system(IMPORTER), random.Random(number), 0  # noqa: S311 - no secret
    rows = list(Supplier.objects.filter(code__startswith=f"w{number}-"))
    _gates[0].wait()
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        row = chance.choice(rows)
        with recorded(actor, "One change."):
            row.name = str(changes)
            row.save()
        changes += 1
    return changes


def main() -> None:
    """Do what the command line says, with the key and the anchors of the parent."""
    settings.AUDIT_SIGNING_KEYS = [os.environ["BENCHMARK_KEY"]]
    settings.AUDIT_ANCHORS = [f"file:{os.environ['BENCHMARK_ANCHOR']}"]
    work: dict[str, Callable[..., dict[str, Any]]] = {
        "seal": sealing,
        "verify": verifying,
        "sequence": sequencing,
        "write": writing,
    }
    figures = work[sys.argv[1]](*sys.argv[2:])
    sys.stdout.write(json.dumps({**figures, "megabytes": peak_megabytes()}))


if __name__ == "__main__":
    main()
