"""``make bench``: start a PostgreSQL for this run alone, and time everything in it.

``python -m benchmarks.run sweep`` runs one benchmark, ``… sweep 20000`` with so many rows. Prints
seconds, and ratios within the run: figures of different machines do not compare.
"""

import os
import sys

import tests.postgres  # noqa: F401 - starts the server and sets DATABASE_URL, before Django's settings

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"

import django

django.setup()

from django.core.management import call_command  # noqa: E402

from benchmarks.audit_log.compare import compare as audit_log  # noqa: E402
from benchmarks.audit_search.compare import compare as audit_search  # noqa: E402
from benchmarks.export.compare import compare as export  # noqa: E402
from benchmarks.order_import import compare as import_orders  # noqa: E402
from benchmarks.requests.compare import compare as requests  # noqa: E402
from benchmarks.results.compare import compare as results  # noqa: E402
from benchmarks.sweep.compare import compare as sweep  # noqa: E402

BENCHMARKS = {
    "orders": (import_orders, 5_000),
    "sweep": (sweep, 100_000),
    "results": (results, 100_000),
    "requests": (requests, 100_000),
    "export": (export, 1_000_000),
    "log": (audit_log, 1_000_000),
    "audit_search": (audit_search, 5_000_000),
}


def main() -> None:
    """Make the tables, then run the benchmarks named, or all, with the rows given or their own."""
    words = sys.argv[1:]
    rows = [int(word) for word in words if word.isdigit()]
    names = [word for word in words if not word.isdigit()] or list(BENCHMARKS)
    if unknown := set(names) - BENCHMARKS.keys():
        sys.exit(f"There is no benchmark {unknown.pop()!r}. There are: {', '.join(BENCHMARKS)}.")
    call_command("migrate", verbosity=0)
    for name in names:
        compare, default = BENCHMARKS[name]
        compare(rows[0] if rows else default)


if __name__ == "__main__":
    main()
