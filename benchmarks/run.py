"""``make bench``: start a PostgreSQL for this run alone, and time everything in it.

Prints seconds, and ratios within the run: figures of different machines do not compare.
"""

import os
import sys

import tests.postgres  # noqa: F401 - starts the server and sets DATABASE_URL, before Django's settings

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"

import django

django.setup()

from django.core.management import call_command  # noqa: E402

from benchmarks import order_import  # noqa: E402

ROWS = 5_000


def main() -> None:
    """Make the tables, then run each benchmark with the number of rows given, or the default."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    call_command("migrate", verbosity=0)
    order_import.compare(rows)


if __name__ == "__main__":
    main()
