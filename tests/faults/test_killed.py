"""A worker killed with SIGKILL in the middle of an import: nothing is half done, nothing is lost."""

import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.faults.install import Install
from tests.faults.nest import VERIFY, Nest

ORDERS = 2_000
SET_UP = """
from backoffice.actors import IMPORTER, system
from backoffice.audit.recording import recorded
from merchants.models import Merchant, Store
with recorded(system(IMPORTER), "A fault test."):
    merchant = Merchant.objects.create(code="m", name="M")
    Store.objects.create(merchant=merchant, code="s", name="S")
"""
CARRY_ON = "from backoffice.bulk.jobs import look_for_work; look_for_work()"


def wait_until_it_is_being_applied(install: Install, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 600
    while install.ask("SELECT state FROM orders_orderimport") != [("confirmed",)]:
        assert process.poll() is None, "the import ended before it could be killed"
        assert time.monotonic() < until
        time.sleep(0.02)


@pytest.mark.once
def test_an_import_killed_half_way_is_carried_on_by_the_next_tick(
    on_sqlite: Install, tmp_path: Path
) -> None:
    install = on_sqlite
    with Nest(install) as nest:
        kill_an_import(nest, install, tmp_path / "orders.csv")


def kill_an_import(nest: Nest, install: Install, file: Path) -> None:
    nest.work(SET_UP)
    lines = [f"K{n},2026-01-01 08:00:00,B{n % 50},SKU,Cup,1,9.50" for n in range(ORDERS)]
    file.write_text(
        "\n".join(["Order number,Placed at,Buyer,SKU,Title,Quantity,Unit price", *lines])
    )

    process = install.start("import_orders", str(file), "--store", "s")
    wait_until_it_is_being_applied(install, process)
    time.sleep(0.1)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert install.ask("SELECT state FROM orders_orderimport") == [("confirmed",)]
    assert install.ask("SELECT count(*) FROM orders_order") == [(0,)]

    shutil.rmtree(install.data / "cache")  # the dead worker's lease, which would run out by itself
    for _tick in range(2):
        nest.work(CARRY_ON)
    assert install.ask("SELECT state FROM orders_orderimport") == [("applied",)]
    for table in ("order", "orderline", "payment", "historicalorder", "historicalorderline"):
        assert install.ask(f"SELECT count(*) FROM orders_{table}") == [(ORDERS,)], table
    nest.work(VERIFY)
