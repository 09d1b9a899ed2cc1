"""``make test``: everything on SQLite, then on real PostgreSQL, and meanwhile in a real browser.

Arguments go to pytest: ``python -m tests.run tests/refunds -k deadline``. Exit code 0 means that
every pass ran, and passed, and that nothing was skipped.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

# One more than cores on SQLite, where some tests wait for programs to start and to end.
WORKERS = int(os.environ.get("TEST_WORKERS", "2"))
WITHOUT_BROWSER = ["--ignore=tests/browser", "--dist=worksteal"]
# SQLite takes its tables from the models, which is quick; PostgreSQL takes them from the migrations.
PASSES = {
    "SQLite": [*WITHOUT_BROWSER, f"-n{WORKERS + 1}", "--nomigrations"],
    "PostgreSQL": ["-p", "tests.postgres", *WITHOUT_BROWSER, f"-n{WORKERS}", "-m", "not once"],
}
NOTHING_COLLECTED = 5


class Pass:
    """One run of pytest, with what it prints going to ``output`` or straight on."""

    def __init__(self, name: str, arguments: list[str], output: IO[bytes] | None = None) -> None:
        self.name, self.began, self.output = name, time.monotonic(), output
        command = [sys.executable, "-m", "pytest", "-q", *arguments]
        self.process = subprocess.Popen(command, env=environment(name), stdout=output)

    def finish(self, *, chosen: bool) -> bool:
        """Wait, and say how long it took; gives whether it passed."""
        code = self.process.wait()
        passed = code == 0 or (chosen and code == NOTHING_COLLECTED)
        if self.output is not None:
            self.output.seek(0)
            print(f"== {self.name} ==\n{self.output.read().decode()}", flush=True)
        took = time.monotonic() - self.began
        print(f"== {self.name}: {'passed' if passed else 'FAILED'} in {took:.0f} s ==", flush=True)
        return passed


def environment(name: str) -> dict[str, str]:
    """A server of one's own is for the PostgreSQL pass alone."""
    kept = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"}
    if name == "PostgreSQL" and os.environ.get("DATABASE_URL", "").startswith("postgres"):
        kept["DATABASE_URL"] = os.environ["DATABASE_URL"]
    return kept


@contextmanager
def in_a_browser(chosen: list[str]) -> Iterator[Pass | None]:
    """The browser's pass beside the others: it waits for pages more than it computes."""
    paths = [path for path in chosen if path.startswith("tests/browser")]
    if any(not part.startswith("-") for part in chosen) and not paths:
        yield None
        return
    options = [part for part in chosen if part.startswith("-")]
    with tempfile.TemporaryFile() as output:
        yield Pass("browser", [*(paths or ["tests/browser"]), *options], output)


def main() -> int:
    """Run all passes, also after one failed; gives the exit code."""
    chosen, results = sys.argv[1:], []
    with in_a_browser(chosen) as browser:
        for name, options in PASSES.items():
            print(f"== {name} ==", flush=True)
            results.append(Pass(name, [*options, *chosen]).finish(chosen=bool(chosen)))
        if browser is not None:
            results.append(browser.finish(chosen=bool(chosen)))
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
