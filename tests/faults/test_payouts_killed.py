"""Workers killed with SIGKILL while they pay, and a provider that loses answers: both books agree."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.db import connection

from backoffice import clock
from backoffice.actors import INSTALLER, person, system
from backoffice.audit.recording import recorded
from backoffice.audit.verify import verify
from backoffice.run import die_with_parent
from refunds.batches import LIMIT, build
from refunds.ledger.checking import findings
from refunds.models import (
    CheckingLimit,
    Payout,
    PayoutAttempt,
    PayoutGateway,
    RefundBatch,
    RefundCase,
)
from refunds.sweep import expire_deadlines
from tests.cast import Cast
from tests.gateways.provider import HOME, KEY, Provider
from tests.refunds.many import make_overdue
from tests.refunds.money import release

PAYOUTS = int(os.environ.get("SOAK_PAYOUTS", "100"))
KILLS = int(os.environ.get("SOAK_KILLS", "5"))
WORKERS = 3
LOSES = 0.05  # answers, after they were executed


class Nest:
    """The workers at work."""

    def __init__(self, provider: Provider) -> None:
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "backoffice.settings",
            "DATABASE_URL": database_url(),
            "GATEWAYS": "sandbox:demo",
            "SANDBOX_DEMO_URL": provider.url,
            "SANDBOX_DEMO_KEY": KEY,
            "GATEWAY_TIMEOUT": "1",
            "GATEWAY_FIRST_WAIT": "1",
            "GATEWAY_LONGEST_WAIT": "2",
            "LOG_LEVEL": "ERROR",
        }
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.paying_workers"],
            cwd=HOME, env=environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            preexec_fn=die_with_parent,
        )  # fmt: skip
        assert self._line() == "ready"
        self.workers = [self.hatch() for _worker in range(WORKERS)]

    def _line(self) -> str:
        assert self.process.stdout
        return self.process.stdout.readline().strip()

    def hatch(self) -> int:
        assert self.process.stdin
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return int(self._line())

    def kill_one(self, dice: random.Random) -> None:
        """Kill a worker in whatever it is doing, and put another in its place."""
        place = dice.randrange(WORKERS)
        os.kill(self.workers[place], signal.SIGKILL)
        self.workers[place] = self.hatch()

    def close(self) -> None:
        for pid in self.workers:
            os.kill(pid, signal.SIGKILL)
        self.process.kill()
        self.process.communicate()


def database_url() -> str:
    """The database of this test, for other processes."""
    name = connection.settings_dict["NAME"]
    if connection.vendor != "postgresql":
        return f"sqlite:///{name}"
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()


@contextmanager
def at_work(provider: Provider) -> Iterator[Nest]:
    nest = Nest(provider)
    try:
        yield nest
    finally:
        nest.close()


def counts() -> Counter[str]:
    return Counter(Payout.objects.values_list("state", flat=True))


def release_everything(cast: Cast) -> None:
    """All payouts of store A, approved by the timer, in batches that were released."""
    with recorded(system(INSTALLER), "A fault test."):
        cast.a.daily_cap_count, cast.a.daily_cap_amount = 10**6, 10**9
        cast.a.save()
        PayoutGateway.objects.create(
            store=cast.a, provider="sandbox", account="demo", per_minute=10**6
        )
        CheckingLimit.objects.create(  # one signature for however many
            currency="CNY", batch_amount=10**9, line_amount=10**9, starts_on=clock.now().date()
        )
    make_overdue([cast.a], PAYOUTS)
    expire_deadlines()
    for _batch in range(-(-PAYOUTS // LIMIT)):
        batch = build(store_id=cast.a.pk, currency="CNY", actor=person(cast.finance))
        release(batch_id=batch.pk, actor=person(cast.checker))


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_killed_workers_and_lost_answers_lose_and_double_nothing(
    cast: Cast, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    release_everything(cast)
    provider, dice = Provider(tmp_path).start(), random.Random(20261127)
    try:
        provider.behave(seed=20261127, lose=LOSES, drop=0.01, broken=0.01, hooks=False)
        with at_work(provider) as nest:
            for kill in range(1, KILLS + 1):
                left = PAYOUTS * (1 - kill / (KILLS + 1))
                wait_until(lambda left=left: counts()["approved"] <= left)
                time.sleep(dice.uniform(0, 0.02))
                nest.kill_one(dice)
            wait_until(lambda: counts() == {"settled": PAYOUTS})
            wait_until(lambda: set(batch_states()) == {"reconciled"})
        figures = compare(provider)
    finally:
        provider.stop()
    if "SOAK_KILLS" in os.environ:
        with capsys.disabled():
            sys.stdout.write(f"\n{figures}\n")


def batch_states() -> list[str]:
    return list(RefundBatch.objects.values_list("state", flat=True))


def wait_until(true: Callable[[], bool], seconds: float = 300 + PAYOUTS / 5) -> None:
    """Wait until ``true()``; nothing is measured by it."""
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until, f"{counts()} {Counter(batch_states())}"
        time.sleep(0.02)


def compare(provider: Provider) -> str:
    """0 lost, 0 doubled, history complete: by the provider's own store. Gives the figures."""
    executed = provider.executed()
    ours = {payout.number: payout for payout in Payout.objects.select_related("case")}
    assert executed.keys() == ours.keys()
    assert {n: row["amount"] for n, row in executed.items()} == {
        number: str(payout.amount) for number, payout in ours.items()
    }
    assert len({row["payment"] for row in executed.values()}) == PAYOUTS
    assert set(RefundCase.objects.values_list("state", flat=True)) == {"refunded"}
    attempts = list(PayoutAttempt.objects.select_related("payout"))
    assert all(attempt.number == attempt.payout.number for attempt in attempts)
    asked = sum(attempt.asks > 0 for attempt in attempts)
    assert asked, "no answer was lost: this proves nothing"
    assert verify().findings == []
    assert list(findings()) == []
    again = len(attempts) - PAYOUTS
    return f"{PAYOUTS} payouts, {KILLS} kills: {asked} asked about, {again} sent again."
