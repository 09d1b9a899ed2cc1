"""A retention pass killed with SIGKILL: no row says that its file is gone while it is there, and the next pass ends it."""

import time

import pytest

from tests.faults.install import Install
from tests.faults.nest import VERIFY, Nest

FILES = 100
SET_UP = f"""
from datetime import timedelta
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from backoffice.actors import INSTALLER, system
from backoffice.audit.bulk import create_many
from backoffice.audit.recording import recorded
from backoffice.clock import now
from merchants.models import Merchant, Store
from orders.models import ImportProfile, OrderImport
from refunds.demo.time import happening
who, profile = system(INSTALLER), ImportProfile.objects.all()[0]
with happening(now() - timedelta(days=400)), recorded(who, "A fault test."):
    merchant = Merchant.objects.create(code="m", name="M")
    store = Store.objects.create(merchant=merchant, code="s", name="S")
    create_many([
        OrderImport(
            store=store, profile=profile, file_name="orders.csv", sha256="0" * 64, size=4, state="applied",
            uploaded_by=who.user, file=default_storage.save("orderimport/old", ContentFile(b"rows")),
        )
        for _n in range({FILES})
    ])
"""
SLOWLY = """
from backoffice.privacy import retention
retention.CHUNK = 4
retention.apply()
"""
APPLY = "from backoffice.privacy import retention; retention.apply()"
GONE = "SELECT count(*) FROM orders_orderimport WHERE file = ''"
LEFT = "SELECT file FROM orders_orderimport WHERE file <> ''"
DONE = "SELECT sum(done) FROM backoffice_retentionpass"


@pytest.mark.once
def test_a_pass_killed_half_way_is_ended_by_the_next(install: Install) -> None:
    with Nest(install, "refunds.demo.time") as nest:
        kill_a_pass(nest, install)


def kill_a_pass(nest: Nest, install: Install) -> None:
    nest.work(SET_UP)
    folder = install.data / "files" / "orderimport"
    pid, until = nest.leave(SLOWLY), time.monotonic() + 600
    while install.ask(GONE)[0][0] < FILES // 10:
        assert time.monotonic() < until
        time.sleep(0.01)
    nest.kill(pid)
    gone = install.ask(GONE)[0][0]
    assert FILES // 10 <= gone < FILES
    named = {name.partition("/")[2] for (name,) in install.ask(LEFT)}
    assert {file.name for file in folder.iterdir()} <= named
    assert install.ask(DONE)[0][0] == gone

    nest.work(APPLY)
    assert install.ask(GONE) == [(FILES,)]
    assert list(folder.iterdir()) == []
    assert install.ask(DONE)[0][0] == FILES
    nest.work(VERIFY)
