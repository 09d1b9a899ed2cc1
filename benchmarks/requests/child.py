"""One file of requests in a process of its own, so that its memory is its own: prints figures as JSON."""

import json
import os
import sys
import time
from pathlib import Path

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"

import django

django.setup()

from backoffice.actors import IMPORTER, system  # noqa: E402
from backoffice.bulk.jobs import carry_on  # noqa: E402
from backoffice.bulk.runs import bring, confirm  # noqa: E402
from benchmarks.memory import peak_megabytes  # noqa: E402
from merchants.models import Store  # noqa: E402
from refunds.models import RequestImport  # noqa: E402


def main() -> None:
    """Bring the file named first into the store named second, check it, apply it."""
    path, store = Path(sys.argv[1]), Store.objects.get(code=sys.argv[2])
    with path.open("rb") as file:
        run = bring(RequestImport, file=file, name=path.name, actor=system(IMPORTER), store=store)
    began = time.perf_counter()
    carry_on(run)
    checked = time.perf_counter()
    confirm(RequestImport.objects.get(pk=run.pk), actor=system(IMPORTER))
    carry_on(RequestImport.objects.get(pk=run.pk))
    applied = time.perf_counter()
    run = RequestImport.objects.get(pk=run.pk)
    figures = {
        "cases": run.counts.get("cases", 0) if run.state == "applied" else 0,
        "check": checked - began,
        "apply": applied - checked,
        "megabytes": peak_megabytes(),
    }
    sys.stdout.write(json.dumps(figures))


if __name__ == "__main__":
    main()
