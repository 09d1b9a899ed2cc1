"""What ``make run`` starts: the Procfile's processes together, until Ctrl-C."""

import contextlib
import ctypes
import functools
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

from honcho import manager
from honcho.compat import ProcessManager
from honcho.environ import parse_procfile
from honcho.manager import Manager
from honcho.printer import Message
from honcho.process import Popen, Process

from backoffice import env

HOME = Path(__file__).resolve().parent.parent
START_SECONDS = 240
SANDBOX = "sandbox"  # the process of the Procfile that trials have, and nobody else
manager.KILL_WAIT = 15  # seconds for a worker to finish what it has in hand
PEOPLE = (
    "staff, supervisor, manager, legal, staff2, finance, checker, checker2, auditor or platform"
)


def die_with_parent(signum: int = signal.SIGTERM) -> None:
    """Have the kernel end this process when its parent is gone, however that came about."""
    if sys.platform == "linux":
        set_parent_death_signal = 1
        ctypes.CDLL(None).prctl(set_parent_death_signal, signum)


class Attached(Process):
    """A process of the Procfile that cannot outlive the program which started it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._child_ctor = functools.partial(Popen, preexec_fn=die_with_parent)

    def run(self, *args: Any, **kwargs: Any) -> None:
        """Start the command and pass on its output; called in a process of its own."""
        die_with_parent(signal.SIGKILL)
        super().run(*args, **kwargs)


class Gently(ProcessManager):
    """Asks the process that was started to stop, and leaves it to that one to end its children."""

    def terminate(self, pid: int) -> None:
        """SIGTERM to ``pid`` alone: a worker's children may finish the task at hand."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)


class Together(Manager):
    """The processes of the Procfile: they start, and stop, as one."""

    def __init__(self, port: int) -> None:
        super().__init__()
        self._process_ctor = Attached
        self._procmgr = Gently()
        self.port = port
        commands = parse_procfile((HOME / "Procfile").read_text()).processes
        told = {**os.environ, "PORT": str(port), **sandbox_settings()}
        for name, command in commands.items():
            if name != SANDBOX or "SANDBOX_PORT" in told:
                self.add_process(name, command, env=told, cwd=str(HOME))

    def _start(self) -> None:
        """Start everything; a signal in between waits until there is something to stop."""
        held: list[int] = []
        usual = {signum: signal.getsignal(signum) for signum in (signal.SIGINT, signal.SIGTERM)}
        for signum in usual:
            signal.signal(signum, lambda signum, _frame: held.append(signum))
        super()._start()
        while not self._all_started():
            self._note(self.events.get())
        for signum, handler in usual.items():
            signal.signal(signum, handler)
        threading.Thread(target=announce, args=(self.port,), daemon=True).start()
        if held:
            os.kill(os.getpid(), held[0])

    def _note(self, message: Message) -> None:
        if message.type == "start":
            self._processes[message.name]["pid"] = message.data["pid"]
            self._system_print(f"{message.name} started (pid={message.data['pid']})\n")
        else:
            self.events.put(message)


def sandbox_settings() -> dict[str, str]:
    """Where the trial's payment provider listens; nothing outside of a trial, or with others named."""
    if not env.flag("DEBUG", default=True) or env.listing("GATEWAYS"):
        return {}
    port = env.number("SANDBOX_PORT", 0) or free_port()
    folder = env.text("DATA_DIR") or str(HOME / "var")
    return {
        "SANDBOX_PORT": str(port),
        "SANDBOX_STORE": f"{folder}/sandbox.sqlite3",
        "SANDBOX_DEMO_URL": f"http://127.0.0.1:{port}",
    }


def free_port() -> int:
    """A port of this machine that nobody uses at the moment."""
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


def announce(port: int) -> None:
    """Wait until everything runs, then say where, and who may sign in."""
    began = time.monotonic()
    while not is_up(health := read_health(port), time.monotonic() - began):
        if time.monotonic() > began + START_SECONDS:
            print(f"Not everything runs after {START_SECONDS} seconds: {health}", flush=True)
            return
        time.sleep(0.3)
    lines = [f"The back-office runs at http://127.0.0.1:{port}/"]
    if env.flag("DEBUG", default=True):
        lines.append(f"Sign in as {PEOPLE}; the password is demo.")
    lines.append("Stop it with Ctrl-C.")
    print("\n" + "\n".join(lines) + "\n", flush=True)


def is_up(health: dict[str, Any], seconds: float) -> bool:
    """Whether all is well, and the timer ticked in the ``seconds`` since this start."""
    return health.get("status") == "ok" and health["tick_age_seconds"] < seconds


def read_health(port: int) -> dict[str, Any]:
    """What ``/healthz`` says; empty while nothing answers."""
    names = env.hosts("ALLOWED_HOSTS", debug=env.flag("DEBUG", default=True))
    host = "localhost" if names[0] == "*" else names[0].lstrip(".")
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        link.request("GET", "/healthz", headers={"Host": host})
        return dict(json.loads(link.getresponse().read()))
    except (OSError, http.client.HTTPException, ValueError):
        return {}
    finally:
        link.close()


def follow_make(parent: int) -> None:
    """Stop when make alone was told to: it waits for us, and does not pass SIGINT on."""
    status = Path(f"/proc/{parent}/status")
    with contextlib.suppress(OSError, IndexError):
        listened = catches_interrupt(status)
        while listened and catches_interrupt(status):
            time.sleep(0.5)
        if listened:
            os.kill(os.getpid(), signal.SIGINT)


def catches_interrupt(status: Path) -> bool:
    """Whether the process of this ``/proc`` file still has its own way to take SIGINT."""
    caught = next(line for line in status.read_text().splitlines() if line.startswith("SigCgt"))
    return bool(int(caught.split()[1], 16) >> (signal.SIGINT - 1) & 1)


def is_taken(port: int) -> bool:
    """Whether another program listens on ``port`` of this machine."""
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


def main() -> int:
    """Prepare the database, run until told to stop; gives the exit code."""
    die_with_parent()
    port = env.number("PORT", 8000)
    if not 0 < port < 65536:
        sys.exit(f"PORT is {port}. Set it to a number from 1 to 65535.")
    if is_taken(port):
        sys.exit(
            f"Port {port} is taken by another program. Stop it, or choose another port: PORT={port + 1} make run"
        )
    command = [sys.executable, "manage.py", "prepare"]
    prepared = subprocess.run(command, cwd=HOME, check=False, preexec_fn=die_with_parent)
    if prepared.returncode:
        return prepared.returncode
    together = Together(port)
    threading.Thread(target=follow_make, args=(os.getppid(),), daemon=True).start()
    together.loop()
    return 0 if together.returncode in (130, 143) else together.returncode or 1


if __name__ == "__main__":
    try:
        with env.sentences():
            sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
