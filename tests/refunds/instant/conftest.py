"""Small cases, and stores that tell what was picked."""

import pytest

from backoffice.actors import INSTALLER, system
from backoffice.audit.recording import recorded
from backoffice.clock import now
from merchants.models import Store
from refunds.models import RefundCase
from tests.cast import Cast
from tests.refunds.factories import make_case
from tests.refunds.instant.asking import received


@pytest.fixture
def small(cast: Cast) -> RefundCase:
    """A case of ¥30 that lacks nothing but the photo."""
    return make_case(received(cast.a), cast.staff)


@pytest.fixture
def telling(cast: Cast) -> Store:
    """Store A, which tells when goods are picked."""
    order = received(cast.a)
    with recorded(system(INSTALLER), "From the warehouse."):
        order.picked_at = now()
        order.save()
    return cast.a
