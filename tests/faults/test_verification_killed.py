"""A verification whose worker is killed with SIGKILL is begun again, and tells what it found once."""

import random

import pytest

from tests.faults.install import Install
from tests.faults.nest import Nest, number

KILLS = number("SOAK_JOB_KILLS", 4)
ASKED = """
from backoffice.actors import INSTALLER, TIMER, system
from backoffice.audit.log.running import begin
from backoffice.audit.log.sealing import seal
from backoffice.audit.recording import recorded
from merchants.models import Merchant, Store
with recorded(system(INSTALLER), "A fault test."):
    merchant = Merchant.objects.create(code="m", name="M")
    Store.objects.create(merchant=merchant, code="a", name="A")
for _turn in range(2):
    begin(actor=system(TIMER), only_new=False, reason="It was time.")
seal()
"""
VERIFIED = """
from backoffice.audit.log.models import Verification
from backoffice.audit.log.running import carry_on
carry_on(Verification.objects.order_by("pk")[{turn}])
"""
FORGED = """
from django.db import connection
from tests.flushing import unguarded
with unguarded(), connection.cursor() as cursor:
    cursor.execute("UPDATE merchants_store SET name = 'Forged'")
"""
STATES = "SELECT state, found FROM backoffice_verification ORDER BY id"


@pytest.mark.once
def test_a_verification_killed_again_and_again_ends_with_one_alarm(install: Install) -> None:
    dice, kills = random.Random(6962), 0
    with Nest(install) as nest:
        nest.work(ASKED)
        moments = nest.work(VERIFIED.format(turn=0))
        nest.work(FORGED)
        for _kill in range(KILLS):
            kills += nest.killed(VERIFIED.format(turn=1), dice.randint(1, moments))
        nest.work(VERIFIED.format(turn=1))
    assert kills
    assert [tuple(row) for row in install.ask(STATES)] == [("holds", 0), ("broken", 1)]
    assert len(install.ask("SELECT id FROM backoffice_logalarm WHERE kind = 'broken'")) == 1
