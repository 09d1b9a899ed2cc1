"""How much a store may approve in one day with nobody looking: by rule and by timer together.

What was used is added up from the cases themselves, so nothing can drift. The store's row is the lock:
whoever approves automatically takes it first, so two workers never see the same room.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db.models import Count, Sum
from django.db.models.functions import Coalesce

from backoffice import clock
from backoffice.money import ZERO
from merchants.models import Store
from refunds.models import DecidedBy, RefundCase

AUTOMATIC = (DecidedBy.TIMER, DecidedBy.RULE)


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


def rooms(store_ids: Iterable[int]) -> dict[int, Room]:
    """The room of each store now, with the stores locked until the transaction ends, by their ids.

    Stores come after orders and cases in the order of locks. Cases may still be added to a locked store.
    """
    locked = Store.objects.select_for_update(no_key=True).filter(pk__in=set(store_ids))
    stores = list(locked.order_by("pk"))
    found = {store.pk: Room(store.daily_cap_count, store.daily_cap_amount) for store in stores}
    begins: dict[datetime, list[Store]] = defaultdict(list)
    for store in stores:
        begins[start_of_day(store)].append(store)
    for begin, together in begins.items():
        _subtract(found, together, begin)
    return found


def start_of_day(store: Store) -> datetime:
    """When the store's day began, in its own time."""
    zone = ZoneInfo(store.time_zone)
    return datetime.combine(clock.now().astimezone(zone).date(), time.min, zone)


def pays(case: RefundCase) -> Decimal:
    """What the case would take of its store's room of money."""
    return case.amount_requested if case.in_money else ZERO


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
