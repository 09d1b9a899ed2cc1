"""The sandbox as tests use it: a process of its own on a free port, told how to behave."""

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import requests

from backoffice.run import die_with_parent
from tests.stack import free_port

HOME = Path(__file__).resolve().parents[2]
KEY = "a-key-of-the-tests"


class Provider:
    """One sandbox process, and its door for testers."""

    def __init__(self, folder: Path, hook: str = "") -> None:
        self.folder, self.hook, self.port = folder, hook, free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> "Provider":
        command = [
            sys.executable, "-m", "refunds.gateways.sandbox", "--port", str(self.port),
            "--store", str(self.folder / "sandbox.sqlite3"), "--hook", self.hook,
        ]  # fmt: skip
        environment = {**os.environ, "SANDBOX_DEMO_KEY": KEY}
        self.process = subprocess.Popen(
            command, cwd=HOME, env=environment, preexec_fn=die_with_parent
        )
        until = time.monotonic() + 30
        while not self._is_up():
            assert time.monotonic() < until
            time.sleep(0.02)
        return self

    def _is_up(self) -> bool:
        try:
            return self.ask("/admin/pending") is not None
        except requests.ConnectionError:
            return False

    def ask(self, path: str, method: str = "GET", content: Any = None) -> Any:
        """The sandbox's answer, which has to be a good one."""
        answer = requests.request(
            method,
            self.url + path,
            json=content,
            headers={"Authorization": f"Bearer {KEY}"},
            timeout=10,
        )
        answer.raise_for_status()
        return answer.json()

    def behave(self, **how: Any) -> None:
        self.ask("/admin/behaviour", "POST", how)

    def executed(self) -> dict[str, dict[str, str]]:
        """What it executed, by number."""
        return {row["number"]: row for row in self.ask("/admin/refunds")}

    def wait_until_settled(self) -> None:
        """Wait for what was accepted and is still to be paid."""
        until = time.monotonic() + 30
        while {row["status"] for row in self.executed().values()} - {"settled", "refused"}:
            assert time.monotonic() < until
            time.sleep(0.02)

    def stop(self) -> None:
        if self.process:
            self.process.kill()
            self.process.wait()
