"""What the timer does when a clock runs out: one action per clock, and one for a pause.

The timer looks for cases with ``due_at`` at or before ``clock.trusted_now()`` and no
``held_because``. A paused case is due when its pause has to end, so the same index finds both.
"""

from django.db.models import Case, CharField, Expression, Q, Value, When

from backoffice import clock as time
from refunds.models import Clock, RefundCase

AT_DEADLINE: dict[Clock, str] = {
    Clock.REVIEW: "auto_approve",
    Clock.SHIP_BACK: "lapse",
    Clock.INSPECT: "auto_accept",
    Clock.OFFER: "lapse_offer",
    Clock.ESCALATE: "close",
    Clock.APPEAL: "let_stand",
    Clock.ADVANCE: "escalate_advance",
}  # the platform's own clock is not here: no timer ever decides a dispute
WHEN_PAUSED = "auto_resume"
PAUSED = Q(time_left__isnull=False) & ~Q(clock=Clock.OFFER)


def passed(case: RefundCase) -> bool:
    """Whether ``due_at`` has come, by the earlier of this machine's and the database's time."""
    return case.due_at is not None and time.has_come(case.due_at)


def timers_turn(case: RefundCase) -> bool:
    """Whether the deadline has passed, and the case is left to no person."""
    return passed(case) and not case.held_because


def is_paused(case: RefundCase) -> bool:
    """Whether the clock stands still; an open offer has its own clock, which runs."""
    return case.time_left is not None and case.clock != Clock.OFFER


def action_for(case: RefundCase) -> str | None:
    """What the timer does to ``case`` when it is due; ``None`` where it does nothing."""
    if is_paused(case):
        return WHEN_PAUSED
    return AT_DEADLINE.get(Clock(case.clock)) if case.clock else None


def action_column() -> Expression:
    """The same answer as a column, for who works on many cases at once; empty where nothing."""
    return Case(
        When(PAUSED, then=Value(WHEN_PAUSED)),
        *(When(clock=clock, then=Value(action)) for clock, action in AT_DEADLINE.items()),
        default=Value(""),
        output_field=CharField(),
    )
