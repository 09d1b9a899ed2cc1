"""Working time: when a store's clock has run for so long, and how long it ran between two instants."""

from datetime import datetime, timedelta

from merchants.models import Store


def after(store: Store, start: datetime, span: timedelta) -> datetime:
    """The instant at which ``store`` has worked for ``span`` since ``start``, aware, in UTC."""
    return start + span


def between(store: Store, start: datetime, end: datetime) -> timedelta:
    """How long ``store`` works between ``start`` and ``end``; zero where ``end`` is not later."""
    return max(end - start, timedelta(0))
