"""Workers of a product of its own that die at an exact moment of what they do."""

import json
import os
import shutil
import signal
import subprocess
import sys
from typing import Any

from backoffice.run import die_with_parent
from tests.faults.install import HOME, Install

# That history and ledger hold, and that nothing is missing from either.
VERIFY = """
from django.core.management import call_command
from backoffice.audit.log.sealing import seal
seal(everything=True)  # no timer does it here, and what waits too long is a finding
call_command("verify_history", verbosity=0)
call_command("verify_ledger", verbosity=0)
"""


class Nest:
    """Where they are hatched; it has the product loaded, so that one is there at once."""

    def __init__(self, install: Install, *modules: str, **environment: str) -> None:
        self.install = install
        own = {"DJANGO_SETTINGS_MODULE": "backoffice.settings", **environment}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.dying_workers", *modules],
            cwd=HOME,
            env={**install.environment, **own},
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            preexec_fn=die_with_parent,
        )

    def __enter__(self) -> "Nest":
        return self

    def __exit__(self, *_how: object) -> None:
        self.process.communicate(timeout=60)

    def leave(self, code: str) -> int:
        """Have ``code`` run by itself; gives its process id, for whoever kills it."""
        return int(self._order(code=code, left=True)["pid"])

    def kill(self, pid: int) -> None:
        """Kill what was left to itself; what it noted beside the database would run out by itself."""
        os.kill(pid, signal.SIGKILL)
        shutil.rmtree(self.install.data / "cache", ignore_errors=True)

    def work(self, code: str) -> int:
        """Have ``code`` run to its end; gives the number of its moments."""
        ended = self._hatch(code, 0)
        assert ended["code"] == 0, "what the worker said of it stands above"
        return int(ended["moments"])

    def killed(self, code: str, moment: int) -> bool:
        """Have ``code`` run until its worker dies; gives whether it did, and did not end before.

        What a worker notes beside the database to keep others away would run out by itself.
        """
        ended = self._hatch(code, moment)
        assert ended["code"] in (0, -signal.SIGKILL), "what the worker said of it stands above"
        shutil.rmtree(self.install.data / "cache", ignore_errors=True)
        return bool(ended["code"])

    def _hatch(self, code: str, moment: int) -> dict[str, Any]:
        return self._order(code=code, dies_at=moment)

    def _order(self, **order: Any) -> dict[str, Any]:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        return dict(json.loads(self.process.stdout.readline()))


def number(name: str, few: int) -> int:
    """How often something is tried: few times, or as often as the environment says (``make soak``)."""
    return int(os.environ.get(name, str(few)))
