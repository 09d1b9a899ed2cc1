"""A case that the buyer may complain about."""

from typing import Any

import pytest
import time_machine

from refunds.models import RefundCase
from tests.cast import Cast
from tests.refunds.complaints.filing import START
from tests.refunds.factories import make_case, make_order


@pytest.fixture
def at() -> Any:
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


@pytest.fixture
def case(cast: Cast, at: Any) -> RefundCase:
    return make_case(make_order(cast.a), cast.staff)
