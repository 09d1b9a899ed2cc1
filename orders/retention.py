"""Buyers whose data are over: nothing was bought and nothing is open for as long as the rule says."""

from collections.abc import Collection
from datetime import datetime

from django.db.models import CharField, Exists, Max, OuterRef, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from backoffice.privacy.models import PersonKey
from backoffice.privacy.retention import Holding, Shipped, kept_until
from orders.erasing import Hold, erase, held
from orders.models import Buyer, Order

WHAT = "orders.buyer"
SUBJECT = Concat(
    Value("buyer "),
    Cast(OuterRef("store_id"), CharField()),
    Value("/"),
    OuterRef("code"),
    output_field=CharField(),
)


def _over(moment: datetime) -> QuerySet[Buyer]:
    """Buyers with a key whose last order is older than ``moment``."""
    alive = PersonKey.objects.filter(subject=SUBJECT, destroyed_at=None)
    buyers = Buyer.objects.annotate(last=Max("orders__placed_at"))
    return buyers.filter(Exists(alive), last__lt=moment)


def _delete(buyers: Collection[int]) -> int:
    rows = list(Buyer.objects.filter(pk__in=buyers))
    list(
        Order.objects.select_for_update().filter(buyer__in=buyers).order_by("pk").values_list("pk")
    )
    keys, _files = erase(rows)
    return keys


def _young(buyers: Collection[int]) -> set[int]:
    """Those who bought something after what a rule says has to be kept."""
    moment = kept_until(WHAT)
    if moment is None:
        return set()
    rows = Order.objects.filter(buyer__in=buyers, placed_at__gte=moment)
    return set(rows.values_list("buyer", flat=True))


HOLDING = Holding(
    WHAT, _("Buyers' names, words and evidence"), _("the last order"), _over, _delete, held
)
HOLD = Hold(
    _("The law has this buyer's data kept for some time yet: see the retention rules."), _young
)
SHIPPED = (
    Shipped(
        WHAT, "keep", 30, gettext_noop("Returns, bounced payouts and disputes can still come.")
    ),
    Shipped(
        WHAT,
        "delete",
        1095,
        gettext_noop("E-Commerce Law, article 31: three years after the transaction."),
    ),
    Shipped(
        "orders.orderimport",
        "delete",
        180,
        gettext_noop("Needed while somebody may ask how a row was read."),
    ),
)
