"""What a missed deadline does to a complaint: it goes to the supervisors, and is theirs from then on."""

from typing import Any

from backoffice import clock
from backoffice.actors import Actor
from backoffice.exceptions import WrongState
from merchants.calendars import remembered
from merchants.people import holders
from refunds import notices
from refunds.complaints import clocks, handling
from refunds.complaints.failing import given_up
from refunds.models import Notice, RefundCase


def may_escalate(case: RefundCase) -> bool:
    """Whether a deadline of the complaint has run out, and the timer has not given it up."""
    complaint = handling.open_on(case)
    return bool(complaint and clocks.has_run_out(complaint) and not given_up(complaint))


def pause_is_over(case: RefundCase) -> bool:
    """Whether the complaint has waited for as long as it may, and the timer has not given it up."""
    complaint = handling.open_on(case)
    return bool(complaint and clocks.has_waited(complaint) and not given_up(complaint))


@remembered()
def escalate(case: RefundCase, *, actor: Actor, **_details: Any) -> None:
    """Tell the supervisors, who alone may go on with it. The next deadline runs, if one is left."""
    complaint = handling.required(case)
    step = clocks.running(complaint)
    if step is None:
        raise WrongState
    complaint.missed = step + 1
    complaint.escalated_at = complaint.escalated_at or clock.now()
    clocks.run(complaint)
    complaint.save()
    notices.tell(
        recipients=holders(handling.SUPERVISE, case.store),
        case=case,
        kind=Notice.Kind.ESCALATED,
        about=f"complaint {complaint.pk} deadline {complaint.missed}",
    )
