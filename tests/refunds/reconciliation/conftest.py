"""A provider to ask, and leases of nobody else."""

import pytest
from django.core.cache import cache

from tests.gateways.conftest import provider

__all__ = ["provider"]


@pytest.fixture(autouse=True)
def fresh_cache() -> None:
    """Leases of another test's runs are not ours."""
    cache.clear()
