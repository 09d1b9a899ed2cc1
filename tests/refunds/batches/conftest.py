"""A batch that takes two people."""

import pytest

from backoffice.models import User
from tests.cast import Cast
from tests.refunds.money import give_role


@pytest.fixture
def two(cast: Cast) -> tuple[User, User]:
    """Two checkers of store A."""
    return cast.checker, give_role(cast, "manager2", "checker")
