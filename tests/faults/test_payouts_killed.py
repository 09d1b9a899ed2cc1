"""Workers killed with SIGKILL while they pay, and a provider that loses answers: both books agree."""

import os
import random
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.faults.install import Install
from tests.faults.nest import VERIFY, Nest, number
from tests.gateways.provider import KEY, Provider

PAYOUTS, KILLS = number("SOAK_PAYOUTS", 100), number("SOAK_KILLS", 5)
WORKERS = 3
LOSES = 0.05  # answers, after they were executed
LOADED = ("refunds.gateways.working", "refunds.gateways.adapters.sandbox", "tests.refunds.money")
SET_UP = f"""
from backoffice import clock
from backoffice.actors import INSTALLER, person, system
from backoffice.audit.recording import recorded
from refunds.batches.building import LIMIT, build
from refunds.models import CheckingLimit, PayoutGateway
from refunds.sweep import expire_deadlines
from tests.cast import make_cast
from tests.refunds.many import make_overdue
from tests.refunds.money import release

cast = make_cast()
with recorded(system(INSTALLER), "A fault test."):
    cast.a.daily_cap_count, cast.a.daily_cap_amount = 10**6, 10**9
    cast.a.save()
    PayoutGateway.objects.create(
        store=cast.a, provider="sandbox", account="demo", per_minute=10**6
    )
    CheckingLimit.objects.create(  # one signature for however many
        currency="CNY", batch_amount=10**9, line_amount=10**9, starts_on=clock.now().date()
    )
make_overdue([cast.a], {PAYOUTS})
expire_deadlines()
for _batch in range(-(-{PAYOUTS} // LIMIT)):
    batch = build(store_id=cast.a.pk, currency="CNY", actor=person(cast.finance))
    release(batch_id=batch.pk, actor=person(cast.checker))
"""
WORK = """
import time
from refunds.gateways.working import work

while True:
    work(seconds=5)
    time.sleep(0.05)
"""
STATES = "SELECT state, count(*) FROM refunds_payout GROUP BY state"
WAITING = "SELECT count(*) FROM refunds_payout WHERE state = 'approved'"
OPEN = (
    "SELECT (SELECT count(*) FROM refunds_payout WHERE state <> 'settled'), "
    "(SELECT count(*) FROM refunds_refundbatch WHERE state <> 'reconciled')"
)
OURS = (
    "SELECT p.number, p.amount, c.state FROM refunds_payout p "
    "JOIN refunds_refundcase c ON c.id = p.case_id"
)
ATTEMPTS = (
    "SELECT count(*), sum(CASE WHEN a.asks > 0 THEN 1 ELSE 0 END), "
    "sum(CASE WHEN a.number = p.number THEN 1 ELSE 0 END) "
    "FROM refunds_payoutattempt a JOIN refunds_payout p ON p.id = a.payout_id"
)
Ask = Callable[[str], list[tuple[Any, ...]]]


class Workers:
    """Those at work; whoever is killed gets somebody in his place."""

    def __init__(self, nest: Nest) -> None:
        self.nest = nest
        self.pids = [nest.leave(WORK) for _worker in range(WORKERS)]

    def kill_one(self, dice: random.Random) -> None:
        """Kill a worker in whatever it is doing."""
        place = dice.randrange(WORKERS)
        os.kill(self.pids[place], signal.SIGKILL)
        self.pids[place] = self.nest.leave(WORK)

    def stop(self) -> None:
        for pid in self.pids:
            os.kill(pid, signal.SIGKILL)


@contextmanager
def asking(install: Install) -> Iterator[Ask]:
    """One connection for all questions: they are asked many times a second."""
    with install.database() as database:
        yield lambda query: list(database.execute(query).fetchall())


@pytest.fixture
def provider(tmp_path: Path) -> Iterator[Provider]:
    sandbox = Provider(tmp_path).start()
    yield sandbox
    sandbox.stop()


@pytest.fixture
def nest(install: Install, provider: Provider) -> Iterator[Nest]:
    account = {"SANDBOX_DEMO_URL": provider.url, "SANDBOX_DEMO_KEY": KEY}
    waits = {"GATEWAY_TIMEOUT": "1", "GATEWAY_FIRST_WAIT": "1", "GATEWAY_LONGEST_WAIT": "2"}
    with Nest(install, *LOADED, GATEWAYS="sandbox:demo", **account, **waits) as nest:
        yield nest


def test_killed_workers_and_lost_answers_lose_and_double_nothing(
    nest: Nest, provider: Provider, capsys: pytest.CaptureFixture[str]
) -> None:
    nest.work(SET_UP)
    say(capsys, "released")
    provider.behave(seed=20261127, lose=LOSES, drop=0.01, broken=0.01, hooks=False)
    dice = random.Random(20261127)
    with asking(nest.install) as ask:
        workers = Workers(nest)
        for kill in range(1, KILLS + 1):
            left = PAYOUTS * (1 - kill / (KILLS + 1))
            wait_until(ask, lambda left=left: ask(WAITING)[0][0] <= left)
            time.sleep(dice.uniform(0, 0.02))
            workers.kill_one(dice)
        say(capsys, "killed")
        wait_until(ask, lambda: ask(OPEN) == [(0, 0)])
        workers.stop()
        say(capsys, "settled")
        figures = compare(ask, provider)
    nest.work(VERIFY)
    say(capsys, figures)


def say(capsys: pytest.CaptureFixture[str], word: str) -> None:
    """In a soak: how far it is, and when."""
    if "SOAK_KILLS" in os.environ:
        with capsys.disabled():
            sys.stdout.write(f"{time.strftime('%H:%M:%S')} {word}\n")
            sys.stdout.flush()


def wait_until(ask: Ask, true: Callable[[], bool], seconds: float = 300 + PAYOUTS / 2) -> None:
    """Wait until ``true()``; nothing is measured by it."""
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until, ask(STATES)
        time.sleep(0.05)


def compare(ask: Ask, provider: Provider) -> str:
    """0 lost, 0 doubled: by the provider's own store. Gives the figures."""
    executed = provider.executed()
    ours = {payout: (Decimal(str(amount)), state) for payout, amount, state in ask(OURS)}
    assert len(ours) == PAYOUTS
    assert {name: (Decimal(row["amount"]), "refunded") for name, row in executed.items()} == ours
    assert len({row["payment"] for row in executed.values()}) == PAYOUTS
    ((attempts, asked, same_number),) = ask(ATTEMPTS)
    assert same_number == attempts
    assert asked, "no answer was lost: this proves nothing"
    again = attempts - PAYOUTS
    return f"{PAYOUTS} payouts, {KILLS} kills: {asked} asked about, {again} sent again."
