"""The same benchmark on SQLite, in a process and a database of its own: what it prints, and what it left.

``python -m benchmarks.on_sqlite results 10000`` prints both as JSON; a benchmark on PostgreSQL shows the
figures below its own, and holds what was left against what its own run of so many rows left.
"""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from importlib import import_module


@dataclass(frozen=True)
class Told:
    """The figures as lines of text, and the digest of what the run left in its tables."""

    figures: str
    state: str


def on_sqlite(name: str, count: int) -> Told:
    """Run the benchmark ``name`` with ``count`` rows on SQLite."""
    environment = {word: value for word, value in os.environ.items() if word != "DATABASE_URL"}
    command = [sys.executable, "-m", "benchmarks.on_sqlite", name, str(count)]
    done = subprocess.run(  # noqa: S603
        command, env=environment, check=True, stdout=subprocess.PIPE, text=True
    )
    return Told(**json.loads(done.stdout))


def main(name: str, count: int) -> None:
    """Make the tables, and run the benchmark in them."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    os.environ["DATABASE_URL"] = f"sqlite:///{connection.settings_dict['NAME']}"  # of its children
    call_command("migrate", verbosity=0)
    figures, state = import_module(f"benchmarks.{name}.compare").run(count)
    sys.stdout.write(json.dumps({"figures": figures, "state": state}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
