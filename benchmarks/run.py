"""``make bench``: time everything on PostgreSQL, each benchmark on a server that is started for it alone.

``python -m benchmarks.run sweep`` runs one benchmark, ``… sweep 20000`` with so many rows. Prints
seconds, and ratios within the run: figures of different machines do not compare.
"""

import os
import subprocess
import sys
from importlib import import_module

BENCHMARKS = {
    "orders": ("order_import", 5_000),
    "sweep": ("sweep.compare", 100_000),
    "results": ("results.compare", 100_000),
    "requests": ("requests.compare", 100_000),
    "export": ("export.compare", 1_000_000),
    "log": ("audit_log.compare", 1_000_000),
    "log_sets": ("audit_log.sets", 20_000),
    "log_checkpoints": ("audit_log.checkpoints", 1_000_000),
    "audit_search": ("audit_search.compare", 5_000_000),
}


def main() -> None:
    """Run the benchmarks named, or all, with the rows given or their own."""
    words = sys.argv[1:]
    rows = [word for word in words if word.isdigit()]
    names = [word for word in words if not word.isdigit()] or list(BENCHMARKS)
    if unknown := set(names) - BENCHMARKS.keys():
        sys.exit(f"There is no benchmark {unknown.pop()!r}. There are: {', '.join(BENCHMARKS)}.")
    if len(names) == 1:
        _run(names[0], *map(int, rows[:1]))
        return
    for name in names:
        command = [sys.executable, "-m", "benchmarks.run", name, *rows[:1]]
        if failed := subprocess.run(command, check=False).returncode:  # noqa: S603
            sys.exit(failed)


def _run(name: str, count: int | None = None) -> None:
    """Start a server, make the tables, and time the benchmark in them."""
    import tests.postgres  # noqa: F401 - sets DATABASE_URL, before Django's settings are read

    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    module, usual = BENCHMARKS[name]
    import_module(f"benchmarks.{module}").compare(count or usual)


if __name__ == "__main__":
    main()
