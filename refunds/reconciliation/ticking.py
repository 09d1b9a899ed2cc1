"""What a tick does about reconciliation: the days that are missing, and another look at open ones."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from django.core.cache import cache
from django.db.models import QuerySet
from django.db.models.functions import TruncDate
from django.utils.translation import gettext_noop

from backoffice import clock
from backoffice.actors import IMPORTER, system
from backoffice.audit.recording import recorded
from merchants.models import Store
from refunds.models import ReconciliationDay
from refunds.reconciliation.days import row_for
from refunds.reconciliation.finding import paid_by_banks
from refunds.reconciliation.matching import match
from refunds.reconciliation.opening import open_days

EVERY = 300  # seconds
BACK = timedelta(days=3)  # how far back money is looked for that has no day yet
OLDEST = timedelta(days=62)  # an open day that is older is matched by hand, or by its statement
SETTLED = gettext_noop("Money settled on this day.")


def reconcile_now_and_then() -> int | None:
    """For the tick: look every few minutes, on one machine; ``None`` when it is not time."""
    return reconcile() if cache.add("reconciled", 1, EVERY) else None


def reconcile() -> int:
    """Make the days that are missing and match the open ones; gives how many were looked at."""
    make_days()
    open_days()
    since = (clock.now() - OLDEST).date()
    recent = ReconciliationDay.objects.filter(state=ReconciliationDay.State.OPEN, day__gte=since)
    days = list(recent.order_by("pk").values_list("pk", flat=True))
    for pk in days:
        match(day_id=pk, actor=system(IMPORTER))
    return len(days)


def make_days() -> int:
    """A row for every day on which money settled lately; gives how many were missing."""
    made = 0
    for zone in Store.objects.order_by().values_list("time_zone", flat=True).distinct():
        for store, account, currency, day in _settled(zone):
            found = ReconciliationDay.objects.filter(
                store=store, account=account, currency=currency, day=day
            )
            if not found.exists():
                with recorded(system(IMPORTER), SETTLED, "report"):
                    row_for(Store.objects.get(pk=store), account, currency, day)
                made += 1
    return made


def _settled(zone: str) -> QuerySet:
    """The accounts and days, as that time zone has them, on which money settled lately."""
    recent = paid_by_banks().filter(settled_at__gte=clock.now() - BACK, case__store__time_zone=zone)
    recent = recent.annotate(local=TruncDate("settled_at", tzinfo=ZoneInfo(zone)))
    return recent.order_by().values_list("case__store", "paid_from", "currency", "local").distinct()
