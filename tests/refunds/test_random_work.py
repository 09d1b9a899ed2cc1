"""Random people at a random desk break nothing; ``make soak`` lets them work for longer."""

import os

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.refunds.random_desk import RandomDesk

EXAMPLES = int(os.environ.get("SOAK_EXAMPLES", "2"))
STEPS = int(os.environ.get("SOAK_STEPS", "25"))


@pytest.mark.django_db
def test_random_work_breaks_no_invariant() -> None:
    run_state_machine_as_test(
        RandomDesk,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            derandomize="SOAK_EXAMPLES" not in os.environ,
            deadline=None,
            phases=[Phase.generate],
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
        ),
    )
