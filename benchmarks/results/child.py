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


def import_file(store_id: int, path: Path) -> dict[str, float]:
    """Bring the file, check it, confirm it, apply it; how long that took, and how much memory."""
    actor, began = system(IMPORTER), time.perf_counter()
    with path.open("rb") as file:
        run = files.runs.bring(
            ResultImport, file=file, name=path.name, actor=actor, store_id=store_id
        )
    jobs.carry_on(run)
    checked = time.perf_counter()
    files.runs.confirm(ResultImport.objects.get(pk=run.pk), actor=actor)
    jobs.carry_on(ResultImport.objects.get(pk=run.pk))
    applied = time.perf_counter()
    run.refresh_from_db()
    assert run.state == "applied", (run.state, run.message)
    return {"check": checked - began, "apply": applied - checked, "megabytes": peak_megabytes()}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(import_file(int(sys.argv[1]), Path(sys.argv[2]))))
