"""A buyer asks again: a withdrawn or rejected case goes back to its review, while time remains."""

from datetime import timedelta
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from backoffice import clock
from backoffice.actors import Actor
from refunds.clocks import running
from refunds.compensating import kinds
from refunds.deciding import decisions
from refunds.desk import window
from refunds.disputes import standing
from refunds.models import RefundCase, State


def may_reopen(case: RefundCase) -> bool:
    """Whether the case can be reviewed again: not a duplicate, not judged, and still in time."""
    return case.merged_into_id is None and not window.is_over(case) and not was_dismissed(case)


def was_dismissed(case: RefundCase) -> bool:
    """Whether the platform decided for the merchant, at once or on appeal: that stands for good."""
    return case.state == State.REJECTED and standing.lost_by_buyer(case)


def reopen(case: RefundCase, *, actor: Actor, **_details: Any) -> None:
    """Review the case anew, under the policy that it was requested under, with a clock of its own.

    Takes part in the caps again: raises ``RefundExceedsBalance`` when other cases have taken what
    is left of the order meanwhile.
    """
    decisions.check_caps(case)
    case.reopen()
    _forget_the_decision(case)
    hours = None if kinds.platform_decides(case) else case.policy.channel_hours
    case.channel_due_at = clock.database_now() + timedelta(hours=hours) if hours else None
    running.start(case, kinds.review_clock(kinds.type_of(case)), case.policy.review_hours)


def _forget_the_decision(case: RefundCase) -> None:
    """What was decided is in history; the case itself is undecided again."""
    case.reject_code = case.closed_at = case.decided_at = None
    case.decided_by = ""
    case.amount_approved = case.freight_approved = None
    for line in case.lines.exclude(amount_approved=None):
        line.amount_approved = None
        line.save()


def why_not(case: RefundCase) -> str:
    """Why a case that ended cannot be reopened, for its page; empty where it can, or has not ended."""
    if case.state not in (State.WITHDRAWN, State.REJECTED) or may_reopen(case):
        return ""
    if case.merged_into_id:
        return _("It was merged into another case, which goes on in its place.")
    if (day := window.last_day(case)) and window.is_over(case):
        return _("It cannot be reopened: the last day for after-sale requests was %(day)s.") % {
            "day": date_format(day, "DATE_FORMAT")
        }
    return _("It cannot be reopened: the platform decided for the merchant.")
