"""The same import on SQLite, in a process and a database of its own: prints figures as JSON."""

import json
import os
import sys
import tempfile
from pathlib import Path

os.environ.pop("DATABASE_URL", None)
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"

from django.core.management import call_command

from benchmarks.results.child import import_file
from benchmarks.results.world import check_rows, make_store
from tests.refunds.many_sent import make_sent, write_answers


def main(count: int) -> None:
    """Make the tables and ``count`` payouts on their way, and import what the bank says of them."""
    call_command("migrate", verbosity=0)
    store = make_store()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "day.csv"
        write_answers(file, make_sent(store, count))
        figures = import_file(store.pk, file)
    check_rows()
    sys.stdout.write(json.dumps(figures))


if __name__ == "__main__":
    main(int(sys.argv[1]))
