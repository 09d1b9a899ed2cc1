"""Goods that are refunded in full before they arrive: their parcel has to be stopped, or called back.

No carrier and no warehouse is asked from here. What was approved is the list of work, whoever approved
it – a person, the timer, a rule –, so nothing has to be written for it; a person writes what came of it.
"""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Now
from django.db.models.lookups import GreaterThanOrEqual
from django.utils.translation import gettext as _

from backoffice.actors import Actor
from backoffice.exceptions import BadInput
from refunds.models import CaseLine, Kind, RefundCase, Stage, State, Stopped
from refunds.shares import share

APPROVED = (State.REVIEWED, State.REFUNDED)
UNDER_WAY = (Stage.NOT_SHIPPED, Stage.SHIPPED)
WORTH_TRYING = timedelta(days=14)
CENT = Decimal("0.01")  # a share of a price may be rounded
LINE_PAID = F("order_line__quantity") * F("order_line__unit_price") - F("order_line__discount")
# Lines whose price went back: an adjusted price, or a part of it, leaves the goods the buyer's.
IN_FULL = GreaterThanOrEqual(
    (F("amount_approved") + CENT) * F("order_line__quantity"), LINE_PAID * F("quantity")
)
# The cases whose goods somebody has to stop, as a condition on many; old ones have arrived long since.
TO_STOP = Q(
    kind=Kind.REFUND_ONLY,
    state__in=APPROVED,
    stage__in=UNDER_WAY,
    stopped="",
    decided_at__gt=Now() - WORTH_TRYING,
) & Q(Exists(CaseLine.objects.filter(IN_FULL, case=OuterRef("pk"))))


def may_be_stopped(case: RefundCase) -> bool:
    """Whether goods were refunded in full while they were here or under way, however long ago."""
    return (
        case.kind == Kind.REFUND_ONLY
        and case.state in APPROVED
        and case.stage in UNDER_WAY
        and any(_in_full(line, case) for line in case.lines.select_related("order_line"))
    )


def _in_full(line: CaseLine, case: RefundCase) -> bool:
    paid = share(line.order_line, line.quantity, case.currency)
    return line.amount_approved is not None and line.amount_approved + CENT >= paid


def note(case: RefundCase, *, actor: Actor, stopped: str, **_details: Any) -> None:
    """Write down whether the goods could be stopped; what was written can be corrected."""
    if stopped not in Stopped.values:
        raise BadInput(_("Say whether the goods were stopped, or are with the buyer."))
    if stopped == case.stopped:
        raise BadInput(_("That is written down already. Nothing was changed."))
    case.stopped = stopped


def whereabouts(case: RefundCase) -> str:
    """Where the goods are by now: *here*, *under_way*, *left* after the approval, or *arrived*."""
    parcels = case.order.shipments.all()
    if any(parcel.delivered_at for parcel in parcels):
        return "arrived"
    left = [parcel.shipped_at for parcel in parcels if parcel.shipped_at]
    if not left:
        return "here"
    return "left" if case.decided_at and max(left) > case.decided_at else "under_way"
