"""One import in a process of its own, so that its memory is its own: prints figures as JSON."""

import json
import os
import sys
import time
from pathlib import Path

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"

import django

django.setup()

from backoffice.actors import IMPORTER, system  # noqa: E402
from backoffice.bulk import jobs  # noqa: E402
from benchmarks.memory import peak_megabytes  # noqa: E402
from refunds.models import ResultImport  # noqa: E402
from refunds.results import files  # noqa: E402


def main() -> None:
    """Bring the file, check it, confirm it, apply it; say how long that took, and how much memory."""
    store_id, path = int(sys.argv[1]), Path(sys.argv[2])
    actor, began = system(IMPORTER), time.perf_counter()
    with path.open("rb") as file:
        run = files.runs.bring(
            ResultImport, file=file, name=path.name, actor=actor, store_id=store_id
        )
    jobs.carry_on(run)
    checked = time.perf_counter()
    run = ResultImport.objects.get(pk=run.pk)
    files.runs.confirm(run, actor=actor)
    jobs.carry_on(run)
    run = ResultImport.objects.get(pk=run.pk)
    assert run.state == "applied", (run.state, run.message, run.counts)
    applied = time.perf_counter()
    figures = {
        "check": checked - began,
        "apply": applied - checked,
        "megabytes": peak_megabytes(),
    }
    sys.stdout.write(json.dumps(figures))


if __name__ == "__main__":
    main()
