"""Which cases are due, a page at a time, oldest deadline first."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from django.db.models import F, QuerySet
from django.db.models.fields.tuple_lookups import TupleGreaterThan

from backoffice.among import Among
from refunds import troubles
from refunds.clocks import ends
from refunds.models import RefundCase, State


class Due(NamedTuple):
    """A case whose time is over, and the action that its clock ends with."""

    case_id: int
    order_id: int
    due_at: datetime
    action: str


def pages(at: datetime, size: int) -> Iterator[list[Due]]:
    """Every case that is due at ``at``, left to no person and to no later try, in pages of ``size``.

    Each page goes on behind the last row of the one before. It never starts again from the top: the
    index still holds the entries of what was decided meanwhile, and each page would wade through more.
    """
    rest = troubles.resting(troubles.At.CASE, at)
    for state in State:
        cases = _waiting(at).filter(state=state)
        cases = cases.exclude(Among("pk", rest)) if rest else cases
        page = [Due(*row) for row in cases[:size]]
        while page:
            yield page
            if len(page) < size:
                break
            page = [Due(*row) for row in cases.filter(_behind(page[-1]))[:size]]


def due(at: datetime) -> QuerySet[RefundCase]:
    """Every case whose time is over, and that is left to no person."""
    return RefundCase.objects.filter(due_at__lte=at, held_because="")


def _waiting(at: datetime) -> QuerySet:
    """One state at a time, so that the index by state, due time and id gives this order."""
    return (
        due(at)
        .annotate(action=ends.action_column())
        .exclude(action="")
        .order_by("due_at", "pk")
        .values_list("pk", "order", "due_at", "action")
    )


def _behind(last: Due) -> TupleGreaterThan:
    return TupleGreaterThan((F("due_at"), F("pk")), (last.due_at, last.case_id))
