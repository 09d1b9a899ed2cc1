"""``make test``: everything on SQLite, what depends on the database on PostgreSQL too, pages in a browser.

They run side by side: each waits now and then – for a server, a page, a program to end – and the
others use that time. Arguments go to pytest: ``python -m tests.run tests/refunds -k deadline``. Exit
code 0 means that every pass ran, and passed, and that nothing was skipped.

Before, one process reads all tests and keeps them compiled: each of the workers would do that anew.
"""

import os
import subprocess
import sys
import tempfile
import time
from typing import IO

# One more than cores on SQLite, where some tests wait for programs to start and to end.
WORKERS = int(os.environ.get("TEST_WORKERS", "2"))
WITHOUT_BROWSER = ["--ignore=tests/browser", "--dist=worksteal", "--durations=15"]
# SQLite takes its tables from the models, which is quick; PostgreSQL takes them from the migrations.
PASSES = {
    "SQLite": [*WITHOUT_BROWSER, f"-n{WORKERS + 1}", "--nomigrations"],
    "PostgreSQL": ["-p", "tests.postgres", *WITHOUT_BROWSER, f"-n{WORKERS}", "-m", "not once"],
}
BROWSER = "tests/browser"
NOTHING_COLLECTED = 5


class Pass:
    """One run of pytest, with what it prints going to ``output`` or straight on."""

    def __init__(self, name: str, arguments: list[str], output: IO[bytes] | None) -> None:
        self.name, self.began, self.output = name, time.monotonic(), output
        command = [sys.executable, "-m", "pytest", "-q", *arguments]
        self.process = subprocess.Popen(command, env=environment(name), stdout=output)
        self.took = 0.0

    @property
    def over(self) -> bool:
        """Whether it ended; notes when that was seen first."""
        if self.process.poll() is None:
            return False
        self.took = self.took or time.monotonic() - self.began
        return True

    def report(self, *, chosen: bool) -> bool:
        """Print what it said, unless that was read already, and gives whether it passed."""
        passed = self.process.returncode in ((0, NOTHING_COLLECTED) if chosen else (0,))
        if self.output is not None:
            self.output.seek(0)
            print(f"== {self.name} ==\n{self.output.read().decode()}", flush=True)
        word = "passed" if passed else "FAILED"
        print(f"== {self.name}: {word} in {self.took:.0f} s ==", flush=True)
        return passed


def environment(name: str) -> dict[str, str]:
    """A server of one's own is for the PostgreSQL pass alone; what is compiled is always kept."""
    ours = ("DATABASE_URL", "PYTHONDONTWRITEBYTECODE")
    kept = {key: value for key, value in os.environ.items() if key not in ours}
    if name == "PostgreSQL" and os.environ.get("DATABASE_URL", "").startswith("postgres"):
        kept["DATABASE_URL"] = os.environ["DATABASE_URL"]
    return kept


def passes(chosen: list[str]) -> list[Pass]:
    """Start them all; what the first one prints is seen at once, the others' at their end."""
    started: list[Pass] = []
    for name, options in PASSES.items():
        output = tempfile.TemporaryFile() if started else None  # noqa: SIM115 - read at its end
        started.append(Pass(name, [*options, *chosen], output))
    paths = [part for part in chosen if part.startswith(BROWSER)]
    if paths or all(part.startswith("-") for part in chosen):
        rest = [part for part in chosen if part.startswith("-")]
        output = tempfile.TemporaryFile()  # noqa: SIM115 - read at its end
        started.append(Pass("browser", [*(paths or [BROWSER]), *rest], output))
    return started


def compile_all() -> None:
    """Import every test without running any; what is wrong with one of them the passes will say."""
    command = [sys.executable, "-m", "pytest", "-q", "--collect-only"]
    subprocess.run(command, env=environment(""), stdout=subprocess.DEVNULL, check=False)


def main() -> int:
    """Run all passes, also after one failed; gives the exit code."""
    chosen = sys.argv[1:]
    if not chosen:
        compile_all()
    running, results = passes(chosen), []
    while running:
        time.sleep(0.2)
        for done in [each for each in running if each.over]:
            running.remove(done)
            results.append(done.report(chosen=bool(chosen)))
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
