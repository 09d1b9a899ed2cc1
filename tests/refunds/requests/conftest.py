"""What these tests share."""

import pytest
from django.core.cache import cache


@pytest.fixture(autouse=True)
def fresh_cache() -> None:
    """Leases of another test's runs are not ours."""
    cache.clear()
