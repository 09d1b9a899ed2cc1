"""A what-if replay killed with SIGKILL: the next worker goes on behind the last case that was kept."""

import time

import pytest

from tests.faults.install import Install
from tests.faults.nest import Nest

CASES = 300
SET_UP = f"""
from datetime import timedelta
from backoffice.actors import INSTALLER, system
from backoffice.audit.recording import recorded
from backoffice.clock import now
from merchants.models import Merchant, Store
from refunds.models import PolicyReplay
from refunds.whatif.draft import base_of
from tests.refunds.many import make_overdue
with recorded(system(INSTALLER), "A fault test."):
    merchant = Merchant.objects.create(code="m", name="M")
    store = Store.objects.create(merchant=merchant, code="s", name="S")
make_overdue([store], {CASES})
with recorded(system(INSTALLER), "A fault test."):
    for title in ("killed", "whole"):
        PolicyReplay.objects.create(
            store=store, made_by=system(INSTALLER).user, made_at=now(), title=title,
            draft={{"base": base_of(store), "changes": {{"store": {{"daily_cap_count": 7}}}}}},
            since=now().date() - timedelta(days=9), until=now().date() + timedelta(days=1),
        )
"""
CARRY_ON = """
from refunds.models import PolicyReplay, ReplayCheckpoint
from refunds.whatif import past, replaying, running
past.CHUNK, replaying.KEEP_EVERY = {chunk}, 1
replay = PolicyReplay.objects.get(title="{title}")
kept = ReplayCheckpoint.objects.filter(replay=replay).first()
seen = []
def progress(replay, key, total, n):
    seen.append(n)
running._progress = progress
running.carry_on(replay)
assert seen[0] > (kept.seen if kept else 0), (seen[0], kept)
"""
KEPT = "SELECT seen FROM refunds_replaycheckpoint"


@pytest.mark.once
def test_a_replay_killed_half_way_is_finished_with_the_same_figures(install: Install) -> None:
    with Nest(install, "refunds.whatif.running", "tests.refunds.many") as nest:
        kill_a_replay(nest, install)


def kill_a_replay(nest: Nest, install: Install) -> None:
    nest.work(SET_UP)
    pid, until = nest.leave(CARRY_ON.format(title="killed", chunk=10)), time.monotonic() + 600
    while not (kept := install.ask(KEPT)) or kept[0][0] < CASES // 10:
        assert time.monotonic() < until
        time.sleep(0.01)
    nest.kill(pid)
    ((seen,),) = install.ask(KEPT)
    assert CASES // 10 <= seen < CASES

    for title in ("killed", "whole"):
        nest.work(CARRY_ON.format(title=title, chunk=500))
    rows = install.ask("SELECT state, seen, figures FROM refunds_policyreplay ORDER BY id")
    assert [row[:2] for row in rows] == [("done", CASES)] * 2
    assert rows[0][2] == rows[1][2]
    assert install.ask(KEPT) == []
