"""One export in a process of its own, so that its memory is its own: prints figures as JSON."""

import json
import os
import shutil
import sys
import time

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"

import django

django.setup()

from django.core.files.storage import default_storage  # noqa: E402

from backoffice.actors import person  # noqa: E402
from backoffice.exporting.asking import ask  # noqa: E402
from backoffice.exporting.models import ExportRun  # noqa: E402
from backoffice.exporting.running import carry_on  # noqa: E402
from backoffice.models import User  # noqa: E402
from benchmarks.memory import peak_megabytes  # noqa: E402
from refunds.lists import PayoutListResource  # noqa: E402
from refunds.models import Payout  # noqa: E402


def main() -> None:
    """Export the payouts as the format named, by the filters named, into the file named."""
    file_format, query, path = sys.argv[1:]
    run = ask(
        list_of=Payout,
        query=query,
        columns=PayoutListResource._meta.export_order,
        file_format=file_format,
        actor=person(User.objects.get(username="exporter")),
    )
    program, began = peak_megabytes(), time.perf_counter()
    carry_on(run)
    took = time.perf_counter() - began
    run = ExportRun.objects.get(pk=run.pk)
    assert run.state == "ready", run.message
    shutil.move(default_storage.path(str(run.file.name)), path)
    figures = {
        "rows": run.rows,
        "seconds": took,
        "program": program,
        "megabytes": peak_megabytes(),
    }
    sys.stdout.write(json.dumps(figures))


if __name__ == "__main__":
    main()
