"""Letting a clock stand still, go on, and run longer: within what the case's policy allows."""

from collections import Counter
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backoffice import clock as time
from backoffice.actors import Actor
from backoffice.exceptions import BadInput
from merchants.calendars import remembered
from refunds.clocks import counting, ends, running
from refunds.clocks.reminding import next_reminder
from refunds.models import Clock, Pause, PauseCause, PolicyPause, RefundCase

# An offer pauses the review too, but by an action of its own.
CLOCK_OF: dict[str, Clock] = {
    PauseCause.EVIDENCE: Clock.REVIEW,
    PauseCause.STOCK_CHECK: Clock.REVIEW,
    PauseCause.INTERCEPTION: Clock.REVIEW,
    PauseCause.HOLIDAY: Clock.SHIP_BACK,
    PauseCause.CARRIER: Clock.SHIP_BACK,
    PauseCause.DISPUTE: Clock.INSPECT,
    PauseCause.APPRAISAL: Clock.ADVANCE,
}


def runs(case: RefundCase) -> bool:
    """Whether the case's clock runs: neither still, nor run out, nor left to a person."""
    return bool(case.due_at and case.time_left is None and not case.held_because) and (
        not ends.passed(case)
    )


def permitted(case: RefundCase) -> list[PolicyPause]:
    """What the case's policy still lets its clock stand still for."""
    used = Counter(case.pauses.values_list("cause", flat=True))
    return [
        allowed
        for allowed in case.policy.pauses.all()
        if CLOCK_OF.get(allowed.cause) == case.clock and used[allowed.cause] < allowed.times
    ]


def may_pause(case: RefundCase) -> bool:
    """Whether the clock runs and is the store's or the buyer's, and the policy has a pause left for it."""
    return case.clock != Clock.ADVANCE and runs(case) and bool(permitted(case))


def pause(
    case: RefundCase, *, actor: Actor, cause: str, hours: int | None = None, **_details: Any
) -> None:
    """Let the clock stand still for ``cause``, for ``hours`` or as long as the policy allows.

    It goes on by itself when that is over, or earlier when somebody says so.
    """
    allowed = next((entry for entry in permitted(case) if entry.cause == cause), None)
    if allowed is None:
        raise BadInput(_("The case's policy does not let this clock stand still for that (again)."))
    if hours is not None and not 1 <= hours <= allowed.hours:
        raise BadInput(
            ngettext(
                "The policy lets the clock stand still for %(most)d hour at most.",
                "The policy lets the clock stand still for %(most)d hours at most.",
                allowed.hours,
            )
            % {"most": allowed.hours}
        )
    stand_still(case, cause, allowed.hours if hours is None else hours)


def stand_still(case: RefundCase, cause: str, hours: int) -> Pause:
    """Write the pause down and stop the clock, for wall time, inside the clock's bound.

    Raises ``BadInput`` where the bound has come: four hours before the channel's deadline, say.
    """
    now = time.latest_now()
    bound, until = counting.latest_end(case), now + timedelta(hours=hours)
    until = until if bound is None else min(until, bound)
    if until <= now:
        raise BadInput(_("The clock cannot stand still any more: its last moment has come."))
    running.hold_still(case, until, at=now)
    return Pause.objects.create(
        case=case, clock=case.clock, cause=cause, started_at=now, until=until
    )


def can_resume(case: RefundCase) -> bool:
    """Whether the clock stands still, but for the platform's; an offer is ended by its answer instead."""
    return case.clock != Clock.ADVANCE and ends.is_paused(case)


def pause_is_over(case: RefundCase) -> bool:
    """Whether the clock has stood still for as long as it may."""
    return ends.is_paused(case) and ends.passed(case)


def resume(case: RefundCase, *, actor: Actor, **_details: Any) -> None:
    """Let the clock go on with the time that was left."""
    running.go_on(case, Clock(case.clock))


def hours_left_to_add(case: RefundCase) -> int:
    """How many hours a person may still add to the running clock."""
    return max(case.policy.extend_hours - case.extended_hours, 0)


def may_extend(case: RefundCase) -> bool:
    """Whether a review or an inspection runs that can end later, and hours are left to add."""
    if case.clock not in counting.STORE_CLOCKS or not (runs(case) and hours_left_to_add(case)):
        return False
    bound = counting.latest_end(case)
    return bound is None or case.due_at is None or case.due_at < bound


@remembered()
def extend(case: RefundCase, *, actor: Actor, hours: int, **_details: Any) -> None:
    """Give the store ``hours`` of working time more, inside the clock's bound."""
    most = hours_left_to_add(case)
    if not 1 <= hours <= most or case.due_at is None:
        raise BadInput(
            ngettext(
                "The policy lets you add %(most)d hour at most.",
                "The policy lets you add %(most)d hours at most.",
                most,
            )
            % {"most": most}
        )
    case.due_at = counting.end(case, case.due_at, timedelta(hours=hours))
    case.extended_hours += hours
    case.remind_at = next_reminder(case, running.pauses_of(case))
