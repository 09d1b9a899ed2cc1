"""The real product as a person starts it: ``make run`` on a free port, with data of its own."""

import contextlib
import os
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import Any

from backoffice.run import die_with_parent, read_health

HOME = Path(__file__).resolve().parent.parent
START_SECONDS = 900
STOP_SECONDS = 60


def begin_as_from_a_terminal() -> None:
    """End with the tests, and listen to Ctrl-C and a closed terminal even where these were started deaf to them."""
    die_with_parent()
    for ignored in (signal.SIGINT, signal.SIGHUP):  # by a shell's background, and by nohup
        signal.signal(ignored, signal.SIG_DFL)


def free_port() -> int:
    """A port that nobody uses at the moment."""
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


class Stack:
    """Web, worker and beat of one ``make run``. Its processes are told by their ``DATA_DIR``."""

    def __init__(self, data: Path, **settings: str) -> None:
        self.data = data
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = data / "run.log"
        self.settings = settings
        self.make: subprocess.Popen[bytes] | None = None

    def environment(self) -> dict[str, str]:
        """What ``make run`` is started with: nothing of the tests' own settings."""
        ours = ("DJANGO_", "PYTEST", "MAKE", "DATABASE_URL", "CELERY_", "TICK_SECONDS")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
        return (
            kept
            | {"DATA_DIR": str(self.data), "PORT": str(self.port), "TICK_SECONDS": "1"}
            | self.settings
        )

    def start(self) -> "Stack":
        """Start, and wait until everything is well; shows the log when that does not happen."""
        self.launch()
        return self.wait_for("Stop it with Ctrl-C.")

    def launch(self) -> None:
        """Start, and do not wait."""
        with self.log.open("w") as log:
            self.make = subprocess.Popen(
                ["make", "--no-print-directory", "run"],
                cwd=HOME,
                env=self.environment(),
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=begin_as_from_a_terminal,
            )

    def wait_for(self, text: str) -> "Stack":
        """Wait until ``text`` is in the log; raises with the log when it does not come."""
        until = time.monotonic() + START_SECONDS
        while text not in self.log.read_text():
            if (self.make and self.make.poll() is not None) or time.monotonic() > until:
                self.stop()
                raise RuntimeError(f"make run did not come up:\n{self.log.read_text()}")
            time.sleep(0.1)
        return self

    def health(self) -> dict[str, Any]:
        """What ``/healthz`` says."""
        return read_health(self.port)

    def interrupt(self) -> int:
        """Ctrl-C: SIGINT to everything that the terminal runs; gives make's exit code."""
        assert self.make
        os.killpg(self.make.pid, signal.SIGINT)
        return self.make.wait(STOP_SECONDS)

    def stop(self) -> None:
        """Stop, and end by force what does not."""
        if self.make and self.make.poll() is None:
            with contextlib.suppress(ProcessLookupError, subprocess.TimeoutExpired):
                self.interrupt()
        for pid in self.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if self.make:
            self.make.wait(STOP_SECONDS)

    def processes(self) -> list[int]:
        """The ids of all live processes that were started with our ``DATA_DIR``."""
        mark = f"DATA_DIR={self.data}\0".encode()
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if mark in (folder / "environ").read_bytes():
                    found.append(int(folder.name))
        return found

    def is_gone(self) -> bool:
        """Whether no process of ours is left, once each had the time to stop."""
        until = time.monotonic() + STOP_SECONDS
        while self.processes():
            if time.monotonic() > until:
                return False
            time.sleep(0.1)
        return True
