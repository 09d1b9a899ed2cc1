"""The timer killed with SIGKILL at random moments of its sweep: nothing is lost, nothing is doubled."""

import random
import time

from tests.faults.install import Install
from tests.faults.nest import VERIFY, Nest

CASES, KILLS, PAGE = 2_000, 3, 50
SET_UP = f"""
from backoffice.actors import INSTALLER, system
from backoffice.audit.recording import recorded
from merchants.models import Merchant, Store
from tests.refunds.many import make_overdue
with recorded(system(INSTALLER), "A fault test."):
    merchant = Merchant.objects.create(code="m", name="M")
    store = Store.objects.create(
        merchant=merchant, code="s", name="S", daily_cap_count=10**6, daily_cap_amount=10**9
    )
make_overdue([store], {CASES})
"""
SWEEP = f"from refunds.sweep import run; run.PAGE = run.SMALL_PAGE = {PAGE}; run.expire_deadlines()"
EXPIRE = "from refunds.sweep import expire_deadlines; assert not expire_deadlines().failed"
APPROVED = "SELECT count(*) FROM refunds_refundcase WHERE state = 'reviewed'"
# Each of these has as many rows as cases were approved, whatever moment the timer was killed at.
TRACES = {
    "payouts": "SELECT count(*) FROM refunds_payout",
    "cases with a payout": "SELECT count(DISTINCT case_id) FROM refunds_payout",
    "versions of payouts": "SELECT count(*) FROM refunds_historicalpayout",
    "versions of cases": "SELECT count(*) FROM refunds_historicalrefundcase WHERE history_type = '~'",
    "versions of lines": "SELECT count(*) FROM refunds_historicalcaseline WHERE history_type = '~'",
    "approved lines": "SELECT count(*) FROM refunds_caseline WHERE amount_approved IS NOT NULL",
    "stopped clocks": "SELECT count(*) FROM refunds_refundcase WHERE due_at IS NULL AND version = 2",
}


def approved(install: Install) -> int:
    """How many cases are approved."""
    ((count,),) = install.ask(APPROVED)
    return count


def kill_while_it_sweeps(nest: Nest, dice: random.Random) -> None:
    """Start a sweep, and kill it a moment after it has committed its first page."""
    before, until = approved(nest.install), time.monotonic() + 600
    sweep = nest.leave(SWEEP)
    while approved(nest.install) == before:
        assert time.monotonic() < until
        time.sleep(0.005)
    time.sleep(dice.uniform(0, 0.2))
    nest.kill(sweep)


def test_a_timer_killed_at_random_moments_loses_and_doubles_nothing(install: Install) -> None:
    with Nest(install, "refunds.sweep.run", "tests.refunds.many") as nest:
        kill_again_and_again(nest, install)


def kill_again_and_again(nest: Nest, install: Install) -> None:
    nest.work(SET_UP)
    dice = random.Random(20261122)
    for _kill in range(KILLS):
        kill_while_it_sweeps(nest, dice)
        together = "SELECT " + ", ".join(f"({query})" for query in (APPROVED, *TRACES.values()))
        ((count, *traces),) = install.ask(together)
        assert dict(zip(TRACES, traces, strict=True)) == dict.fromkeys(TRACES, count)
        assert 0 < count < CASES
    nest.work(EXPIRE)
    assert approved(install) == CASES
    assert {name: install.ask(query)[0][0] for name, query in TRACES.items()} == dict.fromkeys(
        TRACES, CASES
    )
    nest.work(VERIFY)
