"""A worker killed with SIGKILL at seeded moments of a result's import: it happens once, as a whole."""

import os
import random
import shutil
import signal
import time
from pathlib import Path

import pytest

from tests.faults.install import Install

PAYOUTS = 200
KILLS = int(os.environ.get("SOAK_RESULT_KILLS", "1"))  # at each of the two steps
SET_UP = f"""
from pathlib import Path
from backoffice.actors import INSTALLER, IMPORTER, system
from backoffice.audit.recording import recorded
from backoffice.bulk import runs
from merchants.models import Merchant, Store
from refunds.models import ResultImport
from tests.refunds.many_sent import make_sent, write_answers
with recorded(system(INSTALLER), "A fault test."):
    merchant = Merchant.objects.create(code="m", name="M")
    store = Store.objects.create(merchant=merchant, code="s", name="S")
path = Path("{{path}}")
write_answers(path, make_sent(store, {PAYOUTS}, size=100))
with path.open("rb") as file:
    runs.bring(ResultImport, file=file, name="day.csv", actor=system(IMPORTER), store=store)
"""
CARRY_ON = """
import sys
from backoffice.bulk.jobs import look_for_work
from refunds.results import checking
checking.STEP = 10
print("go", flush=True, file=sys.stderr)
look_for_work()
"""
CONFIRM = """
from backoffice.actors import IMPORTER, system
from backoffice.bulk import runs
from refunds.models import ResultImport
runs.confirm(ResultImport.objects.get(), actor=system(IMPORTER))
"""
VERIFY = """
from django.core.management import call_command
call_command("verify_history")
call_command("verify_ledger")
"""
STATE = "SELECT state FROM refunds_resultimport"
# Each of these counts all payouts once the file is applied, and none before.
TRACES = {
    "answered payouts": "SELECT count(*) FROM refunds_payout WHERE state IN ('settled', 'failed')",
    "their versions": "SELECT count(*) FROM refunds_historicalpayout WHERE action = 'answer'",
    "entries": "SELECT count(*) FROM refunds_ledgerentry WHERE kind IN ('settled', 'failed')",
    "versions of entries": "SELECT count(*) FROM refunds_historicalledgerentry WHERE action = 'answer'",
    "cases and refusals": "SELECT count(*) FROM refunds_payout p JOIN refunds_refundcase c "
    "ON c.id = p.case_id WHERE c.state = 'refunded' OR p.state = 'failed'",
}


def counted(install: Install) -> set[int]:
    """What the traces count; all the same, whenever it is asked."""
    queries = ", ".join(f"({query})" for query in TRACES.values())
    ((*found,),) = install.ask(f"SELECT {queries}")
    return set(found)


def kill_a_worker(install: Install, dice: random.Random) -> None:
    """Start one, and kill it at some moment after it has begun to look for work."""
    process = install.start("shell", "--no-imports", "-c", CARRY_ON)
    assert process.stderr is not None
    process.stderr.readline()
    time.sleep(dice.uniform(0, 0.8))
    process.send_signal(signal.SIGKILL)
    process.communicate()
    applied = install.ask(STATE) == [("applied",)]
    assert counted(install) == ({PAYOUTS} if applied else {0})
    shutil.rmtree(install.data / "cache", ignore_errors=True)  # its lease, which would run out


@pytest.mark.once
def test_an_import_of_results_that_is_killed_again_and_again_happens_once(
    install: Install, tmp_path: Path
) -> None:
    dice = random.Random(20261127)
    install.shell(SET_UP.format(path=tmp_path / "day.csv"))
    for _kill in range(KILLS):
        kill_a_worker(install, dice)
    install.shell(CARRY_ON + CONFIRM)
    for _kill in range(KILLS):
        kill_a_worker(install, dice)
    install.shell(CARRY_ON + VERIFY)
    assert install.ask(STATE) == [("applied",)]
    assert counted(install) == {PAYOUTS}
    ((open_batches,),) = install.ask(
        "SELECT count(*) FROM refunds_refundbatch WHERE state <> 'reconciled'"
    )
    assert open_batches == 0
