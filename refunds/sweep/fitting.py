"""Which cases may be approved together: the plain ones that pass every check of the single way.

Asked under the locks. A case that is missed here loses nothing – it is decided by ``perform`` alone.
So where the two could differ, this is the stricter one.
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from decimal import Decimal
from functools import reduce
from operator import or_
from typing import NamedTuple

from django.db.models import Exists, OuterRef, Q

from backoffice import money
from backoffice.among import Among
from refunds.deciding import daily_cap, rails
from refunds.models import (
    Clock,
    Compensation,
    Dispute,
    Kind,
    Offer,
    Pause,
    PayBy,
    Payout,
    RefundCase,
    Replacement,
    State,
)
from refunds.payouts.routes import open_for_all
from refunds.sweep import balances

# Requested, waited for, and nothing else: whatever else may be true of a case is not plain.
PLAIN = Q(
    state=State.REQUESTED,
    kind=Kind.REFUND_ONLY,
    in_money=True,
    clock=Clock.REVIEW,
    time_left=None,
    amount_approved=None,
    freight_approved=None,
    first_approver=None,
    merged_into=None,
    pay_by=PayBy.ORIGINAL,
)
NOTHING_ELSE = ~reduce(
    or_,
    (
        Q(Exists(model.objects.filter(case=OuterRef("pk"))))
        for model in (Payout, Dispute, Offer, Pause, Compensation, Replacement)
    ),
)


class Fitting(NamedTuple):
    """What the last checks need of a case."""

    case_id: int
    order_id: int
    store_id: int
    currency: str
    amount: Decimal


class Fit(NamedTuple):
    """What may be approved, what only the day's cap stops, and what waits while others use the cap."""

    approve: list[int]
    no_room: list[int]
    busy: list[int]


def fitting(case_ids: Collection[int], at: datetime) -> Fit:
    """Those of the locked cases that may be approved together, oldest deadline first.

    Uses up the room of each store's day, and waits for nobody who is using it.
    """
    ids = list(case_ids)
    for condition in _conditions(at):
        fits = RefundCase.objects.filter(Among("pk", ids), condition)
        ids = list(fits.values_list("pk", flat=True))
    cases = _oldest_first(ids)
    too_much = balances.overdrawn({case.order_id for case in cases})
    return _within_the_day([c for c in cases if c.order_id not in too_much and _is_money(c)])


def _conditions(at: datetime) -> Iterable[Q]:
    """What a case has to fulfil, each asked by itself.

    Together they are more than PostgreSQL's planner can tell the size of: it takes thousands of
    cases for two, and reads all orders for each of them.
    """
    yield PLAIN & Q(due_at__lte=at)
    yield NOTHING_ELSE
    yield Q(balances.EVEN)
    yield open_for_all(at)
    yield rails.free()


def _oldest_first(case_ids: Collection[int]) -> list[Fitting]:
    cases = RefundCase.objects.filter(Among("pk", case_ids)).order_by("due_at", "pk")
    columns = cases.values_list("pk", "order", "store", "currency", "amount_requested")
    return [Fitting(*row) for row in columns]


def _is_money(case: Fitting) -> bool:
    return case.amount % money.exponent(case.currency) == 0


def _within_the_day(cases: list[Fitting]) -> Fit:
    rooms = daily_cap.rooms({case.store_id for case in cases}, wait=False)
    fit = Fit([], [], [])
    for case in cases:
        room = rooms.get(case.store_id)
        if room is None:
            fit.busy.append(case.case_id)
        elif room.take(case.currency, case.amount):
            fit.approve.append(case.case_id)
        else:
            fit.no_room.append(case.case_id)
    return fit
