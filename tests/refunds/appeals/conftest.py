"""A second judge."""

import pytest

from backoffice.actors import INSTALLER, system
from backoffice.audit.recording import recorded
from backoffice.models import User
from merchants.models import Membership
from tests.cast import Cast


@pytest.fixture
def second(cast: Cast) -> User:
    """One more person of the platform."""
    with recorded(system(INSTALLER), "One more for a test."):
        user = User.objects.create_user("platform2")
        Membership.objects.create(user=user, role="platform")
    return user
