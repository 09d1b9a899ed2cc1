"""People whose data are over: nothing was bought and nothing is open for as long as the rule says."""

from collections.abc import Collection
from datetime import datetime
from functools import partial

from django.db.models import CharField, Exists, F, Max, OuterRef, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from backoffice.privacy.models import PersonKey
from backoffice.privacy.retention import Holding, Shipped, kept_until
from orders.erasing import WHOSE, Hold, erase, held
from orders.models import Buyer, Order

BUYERS, ORDERS = "orders.buyer", "orders.order"
RULES = {WHOSE[Buyer]: BUYERS, WHOSE[Order]: ORDERS}


def _alive(kind: str, name: str) -> Exists:
    """That somebody has a key: “buyer 7/LIN”, or “order 7/4711” of one whom the channel does not name."""
    store = Cast(OuterRef("store_id"), CharField())
    subject = Concat(Value(kind), store, Value("/"), OuterRef(name), output_field=CharField())
    return Exists(PersonKey.objects.filter(subject=subject, destroyed_at=None))


def _buyers_over(moment: datetime) -> QuerySet[Buyer]:
    """Buyers with a key whose last order is older than ``moment``."""
    buyers = Buyer.objects.annotate(last=Max("orders__placed_at"))
    return buyers.filter(_alive("buyer ", "code"), last__lt=moment)


def _orders_over(moment: datetime) -> QuerySet[Order]:
    """Orders that name no buyer, with a key, and older than ``moment``."""
    return Order.objects.filter(_alive("order ", "number"), buyer=None, placed_at__lt=moment)


def _delete_buyers(buyers: Collection[int]) -> int:
    """Erase them; gives the number of buyers."""
    _lock(Order.objects.filter(buyer__in=buyers))
    return erase(list(Buyer.objects.filter(pk__in=buyers))).keys


def _delete_orders(orders: Collection[int]) -> int:
    """Erase those who bought them; gives the number of orders."""
    rows = Order.objects.filter(pk__in=orders)
    _lock(rows)
    return erase(list(rows)).keys


def _lock(orders: QuerySet[Order]) -> None:
    """An order's lock guards its cases: none is opened meanwhile."""
    list(orders.select_for_update(of=("self",)).order_by("pk").values_list("pk"))


def _young(people: Collection[int], whose: str) -> set[int]:
    """Those who bought something after what a rule says has to be kept."""
    moment = kept_until(RULES[whose])
    if moment is None:
        return set()
    rows = Order.objects.filter(placed_at__gte=moment, **{f"{whose}__in": people})
    return set(rows.values_list(F(whose), flat=True))


HOLDINGS = (
    Holding(
        BUYERS,
        _("Buyers' names, words, accounts and evidence"),
        _("the last order"),
        _buyers_over,
        _delete_buyers,
        partial(held, whose=Buyer),
        takes_files=True,
    ),
    Holding(
        ORDERS,
        _("The same of orders that name no buyer"),
        _("the order"),
        _orders_over,
        _delete_orders,
        partial(held, whose=Order),
        takes_files=True,
    ),
)
HOLD = Hold(
    _("The law has this buyer's data kept for some time yet: see the retention rules."), _young
)
COMING = gettext_noop("Returns, bounced payouts and disputes can still come.")
TRADE = gettext_noop("E-Commerce Law, article 31: three years after the transaction.")
SHIPPED = (
    Shipped(BUYERS, "keep", 30, COMING),
    Shipped(BUYERS, "delete", 1095, TRADE),
    Shipped(ORDERS, "keep", 30, COMING),
    Shipped(ORDERS, "delete", 1095, TRADE),
    Shipped(
        "orders.orderimport",
        "delete",
        180,
        gettext_noop("Needed while somebody may ask how a row was read."),
    ),
)
