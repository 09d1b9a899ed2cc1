"""A retention pass killed with SIGKILL: no row says that its file is gone while it is there, and the next pass ends it."""

import shutil
import signal
import time

import pytest

from tests.faults.install import Install

FILES = 200
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
GONE = "SELECT count(*) FROM orders_orderimport WHERE file = ''"
LEFT = "SELECT file FROM orders_orderimport WHERE file <> ''"
DONE = "SELECT sum(done) FROM backoffice_retentionpass"


@pytest.mark.once
def test_a_pass_killed_half_way_is_ended_by_the_next(install: Install) -> None:
    install.shell(SET_UP)
    folder = install.data / "files" / "orderimport"
    process, until = install.start("shell", "--no-imports", "-c", SLOWLY), time.monotonic() + 600
    while install.ask(GONE)[0][0] < FILES // 10:
        assert process.poll() is None, "the pass ended before it could be killed"
        assert time.monotonic() < until
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    gone = install.ask(GONE)[0][0]
    assert FILES // 10 <= gone < FILES
    named = {name.partition("/")[2] for (name,) in install.ask(LEFT)}
    assert {file.name for file in folder.iterdir()} <= named
    assert install.ask(DONE)[0][0] == gone

    shutil.rmtree(install.data / "cache")  # the dead pass's lease, which would run out by itself
    install.run("apply_retention")
    assert install.ask(GONE) == [(FILES,)]
    assert list(folder.iterdir()) == []
    assert install.ask(DONE)[0][0] == FILES
    install.run("seal_history")
    install.run("verify_history")
