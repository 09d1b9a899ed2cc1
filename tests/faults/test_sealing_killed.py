"""Sequencers killed at random while everybody writes: no row is left out, none is there twice, nothing forks."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import LazySettings
from django.db import connection

from backoffice.actors import person
from backoffice.audit.bulk import create_many
from backoffice.audit.log import tree
from backoffice.audit.log.layouts import logged_models
from backoffice.audit.log.merkle import is_consistent
from backoffice.audit.log.models import Checkpoint, Leaf
from backoffice.audit.log.notes import SigningKey
from backoffice.audit.log.sealing import seal
from backoffice.audit.log.standing import covered_until
from backoffice.audit.log.ticking import sign_and_anchor
from backoffice.audit.log.verifying import verify_log
from backoffice.audit.recording import recorded
from backoffice.run import die_with_parent
from merchants.models import Supplier
from tests.cast import Cast
from tests.faults.install import HOME

KILLS = int(os.environ.get("SOAK_SEAL_KILLS", "6"))
WRITERS, SEQUENCERS = 4, 2
BETWEEN = 60  # rows that are sealed between two kills


class Nest:
    """The processes at work."""

    def __init__(self, settings: LazySettings) -> None:
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "backoffice.settings",
            "DATABASE_URL": database_url(),
            "AUDIT_SIGNING_KEY": settings.AUDIT_SIGNING_KEYS[0],
            "AUDIT_ANCHORS": ",".join(settings.AUDIT_ANCHORS),
            "AUDIT_CHECKPOINT_SECONDS": "1",
            "LOG_LEVEL": "CRITICAL",
        }
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.sealing_workers"],
            cwd=HOME, env=environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            preexec_fn=die_with_parent,
        )  # fmt: skip
        assert self._line() == "ready"
        self.writers = [self.hatch("write") for _writer in range(WRITERS)]
        self.sequencers = [self.hatch("seal") for _sequencer in range(SEQUENCERS)]

    def _line(self) -> str:
        assert self.process.stdout
        return self.process.stdout.readline().strip()

    def hatch(self, kind: str) -> int:
        assert self.process.stdin
        self.process.stdin.write(f"{kind}\n")
        self.process.stdin.flush()
        return int(self._line())

    def kill_one(self, dice: random.Random) -> None:
        """Kill a sequencer in whatever it is doing, and put another in its place."""
        place = dice.randrange(SEQUENCERS)
        os.kill(self.sequencers[place], signal.SIGKILL)
        self.sequencers[place] = self.hatch("seal")

    def close(self) -> None:
        for pid in (*self.writers, *self.sequencers):
            os.kill(pid, signal.SIGKILL)
        self.process.kill()
        self.process.communicate()


def database_url() -> str:
    """The database of this test, for other processes."""
    name = connection.settings_dict["NAME"]
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()


@contextmanager
def at_work(settings: LazySettings) -> Iterator[Nest]:
    nest = Nest(settings)
    try:
        yield nest
    finally:
        nest.close()


@pytest.fixture
def signed(settings: LazySettings, tmp_path: Path) -> LazySettings:
    settings.AUDIT_SIGNING_KEYS = [SigningKey.new("desk.example.com/history").written()]
    settings.AUDIT_ANCHORS = [f"file:{tmp_path / 'anchor'}"]
    return settings


def wait_for_more(size: int) -> None:
    until = time.monotonic() + 120
    while tree.size() <= size:
        assert time.monotonic() < until, "nothing is sealed any more"
        time.sleep(0.01)


def wait_until_covered() -> None:
    until = time.monotonic() + 120
    while covered_until() is None:
        assert time.monotonic() < until, "no pass came to its end with everything signed"
        time.sleep(0.01)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_killed_sequencers_leave_nothing_out_and_nothing_double(
    cast: Cast, signed: LazySettings
) -> None:
    rows = [Supplier(merchant=cast.merchant, code=f"s{n}", name=f"{n} {n % 4}") for n in range(80)]
    with recorded(person(cast.manager), "Many."):
        create_many(rows)
    dice = random.Random(6962)
    with at_work(signed) as nest:
        for _kill in range(KILLS):
            wait_for_more(tree.size() + BETWEEN)
            time.sleep(dice.uniform(0, 0.03))
            nest.kill_one(dice)
        wait_for_more(tree.size() + BETWEEN)
        wait_until_covered()  # though everybody writes at full speed
    settle()
    assert seal(everything=True) == 0, "the watermark had risen above a row that was not sealed"
    sign_and_anchor()
    indexes = list(Leaf.objects.order_by("index").values_list("index", flat=True))
    assert indexes == list(range(sum(model._base_manager.count() for model in logged_models())))
    assert verify_log().findings.kept == []
    signed_ones = list(Checkpoint.objects.all())
    assert len(signed_ones) > 1
    for old, new in pairwise(signed_ones):
        proof = tree.consistency(old.size, new.size)
        assert is_consistent(old.size, new.size, bytes(old.root), bytes(new.root), proof)


def settle() -> None:
    """Seal what is left, once the connections of those who were killed are gone."""
    until = time.monotonic() + 60
    while seal() or not nobody_is_left():
        assert time.monotonic() < until
        time.sleep(0.05)


def nobody_is_left() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
        return bool(cursor.fetchone()[0] == 1)
