"""``make test``: everything on SQLite, then on real PostgreSQL, then in a real browser.

Arguments go to pytest: ``python -m tests.run tests/refunds -k deadline``. Exit code 0 means that
every pass ran, and passed, and that nothing was skipped.
"""

import os
import subprocess
import sys
import time

WORKERS = os.environ.get("TEST_WORKERS", "2")
WITHOUT_BROWSER = ["--ignore=tests/browser", "-n", WORKERS, "--dist=worksteal"]
# SQLite takes its tables from the models, which is quick; PostgreSQL takes them from the migrations.
PASSES = {
    "SQLite": [*WITHOUT_BROWSER, "--nomigrations"],
    "PostgreSQL": ["-p", "tests.postgres", *WITHOUT_BROWSER, "-m", "not once"],
    "browser": [],
}
NOTHING_COLLECTED = 5


def run(name: str, options: list[str], chosen: list[str]) -> bool:
    """Run one pass and say how long it took; gives whether it passed."""
    if name == "browser":
        paths = [path for path in chosen if path.startswith("tests/browser")]
        if any(not path.startswith("-") for path in chosen) and not paths:
            return True
        options, chosen = (
            paths or ["tests/browser"],
            [part for part in chosen if part.startswith("-")],
        )
    print(f"== {name} ==", flush=True)
    began = time.monotonic()
    environment = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"}
    if name == "PostgreSQL" and os.environ.get("DATABASE_URL", "").startswith("postgres"):
        environment["DATABASE_URL"] = os.environ["DATABASE_URL"]
    command = [sys.executable, "-m", "pytest", "-q", *options, *chosen]
    code = subprocess.run(command, env=environment, check=False).returncode
    passed = code == 0 or (bool(chosen) and code == NOTHING_COLLECTED)
    print(
        f"== {name}: {'passed' if passed else 'FAILED'} in {time.monotonic() - began:.0f} s ==",
        flush=True,
    )
    return passed


def main() -> int:
    """Run all passes, also after one failed; gives the exit code."""
    results = [run(name, options, sys.argv[1:]) for name, options in PASSES.items()]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
