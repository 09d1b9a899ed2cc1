"""Let the demo's story happen in the past: only the demo may, and it is refused outside DEBUG."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from unittest import mock

from django.utils import timezone


@contextmanager
def happening(at: datetime) -> Iterator[None]:
    """What happens inside is dated ``at``."""
    with mock.patch.object(timezone, "now", return_value=at):
        yield
