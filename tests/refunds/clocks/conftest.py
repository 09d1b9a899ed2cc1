"""The moment at which the clocks start."""

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine

from tests.refunds.clocks.waiting import shanghai


@pytest.fixture
def at() -> Iterator[Any]:
    """A clock that stands at Monday, 6 July 2026, 10:00 in Shanghai; ``at.move_to`` moves it."""
    with time_machine.travel(shanghai(2026, 7, 6, 10), tick=False) as traveller:
        yield traveller
