"""Ten kinds of tampering, by anybody and by one who makes all hashes agree: each is found, to the row."""

import os
import random
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from backoffice.actors import person
from backoffice.audit.findings import LOG
from backoffice.audit.log import tree
from backoffice.audit.log.ticking import seal_at_tick
from backoffice.audit.log.verifying import verify_log
from backoffice.audit.recording import recorded
from tests.audit.log.sealed import rows
from tests.audit.log.tampering import KINDS, agree, signed_size, tamper
from tests.cast import Cast
from tests.flushing import unguarded
from tests.refunds.factories import make_case, make_order

pytestmark = pytest.mark.django_db
SEEDS = int(os.environ.get("SOAK_TAMPERINGS", "1"))


@pytest.fixture
def desk(cast: Cast) -> Cast:
    """A desk with some work behind it, under four checkpoints."""
    seal_at_tick()
    for n in range(3):
        make_case(make_order(cast.a), cast.staff)
        with recorded(person(cast.platform), "The shop moved."):
            cast.a.name = f"Name {n}"
            cast.a.save()
        seal_at_tick()
    return cast


@pytest.mark.parametrize("thorough", [False, True], ids=["plain", "thorough"])
@pytest.mark.parametrize("kind", KINDS)
def test_it_is_found_and_located(desk: Cast, kind: str, thorough: bool) -> None:
    assert verify_log().findings.kept == []
    for seed in range(SEEDS):
        with transaction.atomic():
            done = tamper(kind, random.Random(f"{kind} {seed}"), thorough=thorough)
            report = verify_log()
            transaction.set_rollback(True)
        about = [finding for finding in report.findings.kept if finding.model != LOG]
        assert {(finding.model, finding.row) for finding in about} == done.rows, (seed, report)
        for column in done.columns:
            assert any(f"in {column} (" in finding.problem for finding in about), (seed, about)
    assert verify_log().findings.kept == []


@pytest.mark.parametrize("thorough", [False, True], ids=["plain", "thorough"])
def test_an_older_state_that_is_worked_on_is_found(desk: Cast, thorough: bool) -> None:
    """The database of yesterday, put back as today's, with new work and new hashes on top of it."""
    signed = signed_size()
    done = tamper("replay", random.Random(1), thorough=thorough)
    with recorded(person(desk.platform), "As if nothing had happened."):
        for n in range(60):
            desk.a2.name = f"Name {n}"
            desk.a2.save()
    seal_at_tick()
    assert tree.size() > signed > signed_size()  # nobody signed it
    assert done.rows <= rows(verify_log().findings)
    with unguarded():  # whoever recomputes hashes does so again, and signs with what key there is
        agree(random.Random(2), done)
    assert done.rows <= rows(verify_log().findings)


def test_the_command_names_row_and_column_and_fails(desk: Cast) -> None:
    tamper("forge_actor", random.Random(3), thorough=True)
    out = StringIO()
    with pytest.raises(CommandError, match="does not hold"):
        call_command("verify_history", stdout=out)
    assert "was rewritten in actor_name (leaf " in out.getvalue()
