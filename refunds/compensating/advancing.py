"""An advance while the platform decides: its clock waits for an appraisal, and escalates when it ends."""

from typing import Any

from django.utils.translation import gettext_noop

from backoffice.actors import Actor
from merchants.people import holders
from refunds import notices
from refunds.clocks import ends, pausing
from refunds.models import Clock, Notice, PauseCause, RefundCase

DECIDES, SUPERVISES = "refunds.arbitrate", "refunds.supervise_complaint"
LATE = gettext_noop("The platform has not decided about the advance in time.")


def may_appraise(case: RefundCase) -> bool:
    """Whether the platform's clock runs, and the policy has an appraisal left for it."""
    return case.clock == Clock.ADVANCE and pausing.runs(case) and bool(pausing.permitted(case))


def appraise(case: RefundCase, *, actor: Actor, hours: int | None = None, **_details: Any) -> None:
    """Let the platform's clock stand still while somebody appraises the goods."""
    pausing.pause(case, actor=actor, cause=PauseCause.APPRAISAL, hours=hours)


def is_appraised(case: RefundCase) -> bool:
    """Whether the platform's clock waits for an appraisal."""
    return case.clock == Clock.ADVANCE and ends.is_paused(case)


def is_late(case: RefundCase) -> bool:
    """Whether the platform's time to decide about an advance is over."""
    return case.clock == Clock.ADVANCE and not ends.is_paused(case) and ends.timers_turn(case)


def escalate(case: RefundCase, *, actor: Actor, **_details: Any) -> None:
    """Hold the case for a person, and tell all who decide about advances and the store's supervisors.

    The timer never pays by itself.
    """
    case.held_because = LATE
    for permission in (DECIDES, SUPERVISES):
        notices.tell(
            recipients=holders(permission, case.store),
            case=case,
            kind=Notice.Kind.ESCALATED,
            about=f"advance {case.clock_started_at:%Y-%m-%d %H:%M:%S.%f}",
        )
