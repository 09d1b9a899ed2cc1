"""``make run``: everything starts together, says where it is, and leaves nothing behind."""

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.stack import HOME, Stack, free_port
from tests.tables import MadeOnce, sqlite_tables

pytestmark = pytest.mark.once


@pytest.fixture(scope="module")
def prepared(made_once: MadeOnce) -> Path:
    """A database with the demo in it, and the key of what is sealed there; its tables are those that the fault tests copy, too."""
    return made_once("prepared", partial(prepare, sqlite_tables(made_once)))


def prepare(tables: Path, folder: Path) -> None:
    """Do what a start does first."""
    shutil.copy(tables, folder)
    environment = Stack(folder).environment()
    subprocess.run([sys.executable, "manage.py", "prepare"], cwd=HOME, env=environment, check=True)


@pytest.fixture
def stack(tmp_path: Path, prepared: Path) -> Iterator[Stack]:
    """A product that ran before and is not started now; it is ended for sure."""
    for name in ("db.sqlite3", "privacy.key"):
        shutil.copy(prepared / name, tmp_path)
    stack = Stack(tmp_path)
    yield stack
    stack.stop()


def test_it_starts_keeps_the_data_tells_where_it_is_and_stops_on_ctrl_c(stack: Stack) -> None:
    kept = (stack.data / "db.sqlite3").stat().st_ino
    stack.start()
    assert stack.health()["status"] == "ok"
    assert (stack.data / "db.sqlite3").stat().st_ino == kept
    said = stack.log.read_text()
    assert "The demo is loaded already." in said
    last_lines = said.strip().splitlines()[-3:]
    assert last_lines[0] == f"The back-office runs at {stack.url}/"
    assert (
        "staff, supervisor, manager, legal, staff2, finance, checker, checker2, auditor or platform"
        in last_lines[1]
    )
    stack.interrupt()
    assert stack.is_gone()
    assert "Traceback" not in stack.log.read_text()


def test_ctrl_c_twice_before_the_start_is_over_leaves_nothing(stack: Stack) -> None:
    stack.launch()
    stack.wait_for("started (pid=")
    assert stack.make
    os.killpg(stack.make.pid, signal.SIGINT)
    os.killpg(stack.make.pid, signal.SIGINT)
    assert stack.is_gone()
    assert "Traceback" not in stack.log.read_text()


@pytest.mark.parametrize(
    "end",
    [
        lambda make: os.kill(make, signal.SIGTERM),
        lambda make: os.kill(make, signal.SIGINT),
        lambda make: os.kill(make, signal.SIGKILL),
        lambda make: os.killpg(make, signal.SIGHUP),
        lambda make: os.killpg(make, signal.SIGKILL),
    ],
    ids=[
        "terminated",
        "interrupted alone",
        "killed",
        "terminal closed",
        "all of the terminal killed",
    ],
)
def test_nothing_is_left_however_it_ends(stack: Stack, end: Callable[[int], None]) -> None:
    stack.start()
    assert stack.make
    end(stack.make.pid)
    assert stack.is_gone()


def test_a_taken_port_is_said_in_a_sentence(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        ended = start({"PORT": str(port), "DATA_DIR": str(tmp_path)})
    assert ended.returncode != 0
    assert ended.stderr == (
        f"Port {port} is taken by another program. Stop it, or choose another port: PORT={port + 1} make run\n"
    )
    assert not (tmp_path / "db.sqlite3").exists()


@pytest.mark.parametrize("port", ["eighty", "0", "70000"])
def test_an_impossible_port_is_said_in_a_sentence(tmp_path: Path, port: str) -> None:
    ended = start({"PORT": port, "DATA_DIR": str(tmp_path)})
    assert ended.returncode != 0
    assert ended.stderr.startswith("PORT is ")
    assert ended.stderr.count("\n") == 1


def test_without_debug_the_start_stops_at_a_missing_key(tmp_path: Path) -> None:
    ended = start(
        {"DEBUG": "0", "SECRET_KEY": "", "PORT": str(free_port()), "DATA_DIR": str(tmp_path)}
    )
    assert ended.returncode != 0
    assert ended.stderr.startswith(
        "SECRET_KEY is missing. With DEBUG off, set it to at least 50 random"
    )
    assert ended.stderr.count("\n") == 1


def start(settings: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run the start-up program to its end, with the product's settings, not the tests'."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("DJANGO_")}
    return subprocess.run(
        [sys.executable, "-m", "backoffice.run"],
        cwd=HOME,
        env={**ours, **settings},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
