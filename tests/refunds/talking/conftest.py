"""A case that people talk about."""

import pytest

from refunds.models import RefundCase
from tests.cast import Cast
from tests.refunds.factories import make_case, make_order


@pytest.fixture
def case(cast: Cast) -> RefundCase:
    return make_case(make_order(cast.a), cast.staff)
