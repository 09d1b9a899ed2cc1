"""A clock that is set back an hour changes nothing about what is sealed, signed and verified."""

from datetime import timedelta

import pytest
import time_machine

from backoffice.audit.log import alarms, checkpoints
from backoffice.audit.log.ticking import seal_at_tick
from backoffice.audit.log.verifying import verify_log
from backoffice.audit.log.watching import watch
from backoffice.clock import now
from tests.audit.log.sealed import rename
from tests.cast import Cast

pytestmark = [pytest.mark.once, pytest.mark.django_db]


def test_history_holds_and_goes_on_while_the_clock_is_an_hour_behind(sealed: Cast) -> None:
    before = checkpoints.latest()
    with time_machine.travel(now() - timedelta(hours=1), tick=False):
        rename(sealed, "Back")
        seal_at_tick()
        watch()
        last = checkpoints.latest()
        assert (last.size, last.at < before.at) == (before.size + 1, True)
        assert verify_log().findings.kept == []
        assert alarms.standing() == []
    rename(sealed, "On")
    seal_at_tick()
    assert checkpoints.latest().size == before.size + 2
    assert verify_log().findings.kept == []
