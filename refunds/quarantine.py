"""Cases at which the timer fails: after three attempts they go to a person, and are left alone.

Their complaints too: see ``refunds.complaints.failing``.
"""

from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_noop

from backoffice.actors import Actor
from refunds import troubles
from refunds.models import Complaint, RefundCase, TimerTrouble

ATTEMPTS = 3
GAVE_UP = gettext_noop(
    "The timer failed three times at this case and leaves it alone. Tell the people who run this "
    "program: their log says what went wrong."
)
# Cases that the timer gave up, those whose complaint it gave up, and those that it cannot even write.
QUARANTINED = (
    Q(failures__gte=ATTEMPTS) & ~Q(held_because="")
    | Q(Exists(Complaint.objects.filter(case=OuterRef("pk"), failures__gte=ATTEMPTS)))
    | Q(Exists(TimerTrouble.objects.filter(case=OuterRef("pk"), failures__gte=troubles.ATTEMPTS)))
)


def count_failure(case: RefundCase, *, actor: Actor, **_details: Any) -> None:
    """Note one more failed attempt; the third hands the case to a person."""
    case.failures += 1
    if case.failures >= ATTEMPTS:
        case.held_because = GAVE_UP
