"""The world of the access tests: written once per file, and taken back at its end."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction

from tests.access.walker import Walker


@pytest.fixture(scope="module")
def walker(django_db_setup: None, django_db_blocker: Any) -> Iterator[Walker]:
    """Two merchants, three stores, a browser per person."""
    with django_db_blocker.unblock(), transaction.atomic():
        walker = Walker()
        assert walker.owners({}) == set()
        assert walker._owners_by_key
        yield walker
        transaction.set_rollback(True)
