"""Let the demo's story happen in the past: only the demo may, and it is refused outside DEBUG."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from unittest import mock

from django.utils import timezone

from backoffice import clock


@contextmanager
def happening(at: datetime) -> Iterator[None]:
    """What happens inside is dated ``at``, by this machine's clock and the database's."""
    with (
        mock.patch.object(timezone, "now", return_value=at),
        mock.patch.object(clock, "database_now", return_value=at),
    ):
        yield
