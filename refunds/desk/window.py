"""How long a buyer may ask, and ask again: the days after the goods arrived, in the store's time."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Max

from backoffice import clock
from refunds.models import RefundCase, RefundPolicy


def last_day(case: RefundCase) -> date | None:
    """The last day for after-sale requests; ``None`` while the goods have not arrived.

    The day after receipt is the first of ``policy.after_sale_days``.
    """
    parcels = case.order.shipments.all()
    arrived = max((p.delivered_at for p in parcels if p.delivered_at), default=None)
    if arrived is None:
        return None
    zone = ZoneInfo(case.store.time_zone)
    return arrived.astimezone(zone).date() + timedelta(days=case.policy.after_sale_days)


def is_over(case: RefundCase) -> bool:
    """Whether the last day has passed where the store is."""
    day = last_day(case)
    if day is None:
        return False
    return clock.trusted_now().astimezone(ZoneInfo(case.store.time_zone)).date() > day


def longest_return() -> int:
    """The most days after the goods' arrival that any policy, past ones included, lets a case be taken up again."""
    longest = RefundPolicy.objects.aggregate(days=Max("after_sale_days"))["days"]
    return longest or 0
