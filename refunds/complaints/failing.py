"""Complaints at which the timer fails: after three attempts it leaves them to people."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from backoffice.actors import Actor
from refunds.complaints import handling
from refunds.models import Complaint, RefundCase
from refunds.quarantine import ATTEMPTS

GAVE_UP = _(
    "The timer failed three times at this complaint and leaves it alone until somebody goes on with "
    "it. Tell the people who run this program: their log says what went wrong."
)


def given_up(complaint: Complaint) -> bool:
    """Whether the timer leaves the complaint alone."""
    return complaint.failures >= ATTEMPTS


def timer_tries(case: RefundCase) -> bool:
    """Whether a complaint is open, and left to the timer."""
    complaint = handling.open_on(case)
    return complaint is not None and not given_up(complaint)


def count_failure(case: RefundCase, *, actor: Actor, **_details: Any) -> None:
    """Note one more failed attempt; the third leaves the complaint to people."""
    complaint = handling.required(case)
    complaint.failures += 1
    complaint.save()
