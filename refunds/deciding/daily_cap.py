"""How much a store may approve in one day with nobody looking: by rule and by timer together.

What was used is added up from the cases themselves, so nothing can drift. Whoever approves automatically
takes the store's lock first, so two workers never see the same room. On PostgreSQL it is an advisory
lock, not the store's row: an import holds that for minutes.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Count, Sum
from django.db.models.functions import Coalesce

from backoffice import clock
from backoffice.money import ZERO
from merchants.models import Store
from refunds.models import DecidedBy, RefundCase

AUTOMATIC = (DecidedBy.TIMER, DecidedBy.RULE)
LOCK = 20_116  # says that a store's number locks its daily cap, and not something else
TRY_FOR = """
    WITH wanted AS MATERIALIZED (
        SELECT id, pg_try_advisory_xact_lock(%s, id::int) AS ours FROM unnest(%s::bigint[]) AS id
    )
    SELECT id FROM wanted WHERE ours
"""
WAIT_FOR = """
    WITH wanted AS MATERIALIZED (
        SELECT id, pg_advisory_xact_lock(%s, id::int) AS ours FROM unnest(%s::bigint[]) AS id
    )
    SELECT id FROM wanted WHERE ours IS NOT NULL
"""


@dataclass
class Room:
    """What is left of a store's day: so many cases, and so much money.

    The cap's figure of money counts in each currency by itself.
    """

    cases: int
    money: Decimal
    used: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))

    def take(self, currency: str, money: Decimal) -> bool:
        """Use up the room for one case that pays ``money``; ``False`` where there is none."""
        if self.cases < 1 or self.used[currency] + money > self.money:
            return False
        self.cases -= 1
        self.used[currency] += money
        return True


def rooms(store_ids: Iterable[int], *, wait: bool = True) -> dict[int, Room]:
    """The room of each store now; nobody else uses it until the transaction ends.

    Comes after orders and cases in the order of locks. Without ``wait``, stores whose room somebody
    else is using are left out.
    """
    stores = list(Store.objects.filter(pk__in=_lock(sorted(set(store_ids)), wait)).order_by("pk"))
    found = {store.pk: Room(store.daily_cap_count, store.daily_cap_amount) for store in stores}
    begins: dict[datetime, list[Store]] = defaultdict(list)
    for store in stores:
        begins[start_of_day(store)].append(store)
    for begin, together in begins.items():
        _subtract(found, together, begin)
    return found


def start_of_day(store: Store) -> datetime:
    """When the store's day began, in its own time: a worker that is ahead begins no new day early."""
    zone = ZoneInfo(store.time_zone)
    return datetime.combine(clock.trusted_now().astimezone(zone).date(), time.min, zone)


def pays(case: RefundCase) -> Decimal:
    """What the case would take of its store's room of money."""
    return case.amount_requested if case.in_money else ZERO


def _lock(store_ids: list[int], wait: bool) -> list[int]:
    """Those of the stores, in the order given, that are ours now. SQLite has one writer: all of them."""
    if connection.vendor != "postgresql":
        return store_ids
    with connection.cursor() as cursor:
        cursor.execute(WAIT_FOR if wait else TRY_FOR, [LOCK, store_ids])
        return [store_id for (store_id,) in cursor.fetchall()]


def _subtract(found: dict[int, Room], stores: list[Store], begin: datetime) -> None:
    """Take what was approved since ``begin`` out of the stores' rooms; an index answers this."""
    taken = (
        RefundCase.objects.filter(store__in=stores, decided_by__in=AUTOMATIC, decided_at__gte=begin)
        .order_by()
        .values_list("store", "currency", "in_money")
        .annotate(n=Count("pk"), sum=Sum(Coalesce("amount_approved", "amount_requested")))
    )
    for store_id, currency, in_money, cases, money in taken:
        room = found[store_id]
        room.cases -= cases
        if in_money:
            room.used[currency] += money
