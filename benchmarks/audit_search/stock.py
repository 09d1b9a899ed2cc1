"""The stock way: walk over the versions, and ask each for the one before it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from typing import Any

from django.db import connection

from refunds.models import RefundCase

# Indexes that the library makes and this product does without.
INDEXES = ("history_date", "store_id")
TABLE = "refunds_historicalrefundcase"


@contextmanager
def stock_indexes() -> Iterator[None]:
    """The table as the library would have made it, for the time of its measurement."""
    with connection.cursor() as cursor:
        for column in INDEXES:
            cursor.execute(f"CREATE INDEX stock_{column} ON {TABLE} ({column})")
        cursor.execute(f"ANALYZE {TABLE}")
    yield
    with connection.cursor() as cursor:
        for column in INDEXES:
            cursor.execute(f"DROP INDEX stock_{column}")


def versions(store: int, since: datetime, until: datetime) -> list[Any]:
    """The versions among which the changes are, newest first."""
    found = RefundCase.history.filter(store=store, history_date__gte=since, history_date__lt=until)
    return list(found.select_related("history_user").order_by("-history_date", "-history_id"))


def changes(found: list[Any], most: int | None = None) -> Iterator[tuple[Any, ...]]:
    """Which of them changed the approved amount, who did it and when, from what to what: ``most`` at most."""
    return islice(_changes(found), most)


def _changes(found: list[Any]) -> Iterator[tuple[Any, ...]]:
    for version in found:
        before = version.prev_record
        if before is not None and before.amount_approved != version.amount_approved:
            amounts = (before.amount_approved, version.amount_approved)
            yield version.history_id, version.actor_name, version.history_date, *amounts
