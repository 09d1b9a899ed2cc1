"""Leaving many cases to people at once: the rows that ``perform("hold")`` would have written."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime

from django.db.models import F

from backoffice.among import Among
from backoffice.audit.sets import update_set
from refunds.deciding import rails
from refunds.models import Clock, RefundCase, State


def stopped(case_ids: Collection[int], at: datetime) -> dict[str, list[int]]:
    """The locked cases that a rail stops at their review's end, by its reason. The daily cap is not asked."""
    due = RefundCase.objects.filter(
        Among("pk", case_ids),
        state=State.REQUESTED,
        clock=Clock.REVIEW,
        time_left=None,
        held_because="",
        due_at__lte=at,
    )
    found = defaultdict(list)
    for case_id, why in due.order_by().values_list("pk", rails.reason_column()):
        if why:
            found[why].append(case_id)
    return found


def hold_set(case_ids: Collection[int], why: str) -> None:
    """Leave the locked cases to people; the reason is shown, and the timer does not try again."""
    cases = RefundCase.objects.filter(Among("pk", case_ids))
    update_set(cases, held_because=why, version=F("version") + 1)
