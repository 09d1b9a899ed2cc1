"""A past to ask about, and leases of nobody else."""

import pytest
from django.core.cache import cache

from tests.cast import Cast
from tests.refunds.whatif.past import History


@pytest.fixture(autouse=True)
def fresh_cache() -> None:
    """Leases of another test's runs are not ours."""
    cache.clear()


@pytest.fixture
def history(cast: Cast) -> History:
    """One case of every way: by rule, by people, by the timer, withdrawn, after a rail, open."""
    told = History(cast)
    told.case("25.00", (0.5, "attach"), received=True)
    told.case("50.00", (5, "approve"))
    told.case("60.00", (8, "reject"))
    told.case("70.00", (24, "auto_approve"))
    told.case("80.00", (3, "withdraw"))
    told.case("90.00", (60, "approve"), received=True)
    told.case("45.00", (6, "attach"), (10, "approve"), received=True)
    return told
