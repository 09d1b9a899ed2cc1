"""The three deadlines of a complaint: in the store's working time, still while it waits for the buyer.

One of them runs at a time: of the step that comes next, or – where that was missed already – of the
one after it. What was missed is with a supervisor.
"""

from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from backoffice import clock
from merchants import calendars
from refunds.models import Complaint, RefundCase

STEPS = list(Complaint.DEADLINES)  # the states that wait for something, in their order
PARTS = (0.5, 0.8)  # of a step's time: when its reminders come
LABELS = (
    gettext_lazy("Acknowledge"),
    pgettext_lazy("complaint", "Answer"),
    gettext_lazy("Resolve"),
)


def begin(case: RefundCase, at: datetime) -> dict[str, datetime]:
    """The three deadlines of a complaint that is filed at ``at``, by the hours of the case's policy."""
    policy = case.policy
    hours = (
        policy.complaint_acknowledge_hours,
        policy.complaint_answer_hours,
        policy.complaint_resolve_hours,
    )
    names = Complaint.DEADLINES.values()
    return {
        name: calendars.after(case.store, at, timedelta(hours=span))
        for name, span in zip(names, hours, strict=True)
    }


def running(complaint: Complaint) -> int | None:
    """Which deadline runs: 0, 1 or 2; ``None`` where all that are left were missed."""
    step = max(STEPS.index(complaint.state), complaint.missed)
    return step if step < len(STEPS) else None


def run(complaint: Complaint) -> None:
    """Let the deadline of the next step run from now on; the caller saves the complaint."""
    step = running(complaint)
    complaint.due_at = complaint.deadlines[-1 if step is None else step]
    complaint.step_started_at, complaint.reminders, complaint.failures = clock.latest_now(), 0, 0
    complaint.remind_at = next_reminder(complaint)


def stop(complaint: Complaint) -> None:
    """Nothing runs any more."""
    complaint.due_at = complaint.remind_at = complaint.paused_at = None
    complaint.failures = 0


def stand_still(complaint: Complaint, hours: int) -> None:
    """Wait for the buyer: due again when the waiting has to end, ``hours`` of wall time from now."""
    complaint.paused_at = clock.latest_now()
    complaint.due_at = complaint.paused_at + timedelta(hours=hours)
    complaint.remind_at, complaint.failures = None, 0


def go_on(complaint: Complaint) -> None:
    """Give every deadline that was not missed the working time that it had left, from now on."""
    store, now, since = complaint.case.store, clock.latest_now(), complaint.paused_at
    if since is None or complaint.due_at is None:
        return
    for name, deadline in zip(Complaint.DEADLINES.values(), complaint.deadlines, strict=True):
        left = calendars.between(store, since, deadline)
        if left:
            setattr(complaint, name, calendars.after(store, now, left))
    complaint.paused += min(now, complaint.due_at) - since
    complaint.paused_at = None
    run(complaint)


def hours_left_to_wait(complaint: Complaint) -> int:
    """How many whole hours it may still wait for the buyer, in all of its pauses together."""
    most = timedelta(hours=complaint.case.policy.complaint_wait_hours)
    return max(int((most - complaint.paused) / timedelta(hours=1)), 0)


def next_reminder(complaint: Complaint) -> datetime | None:
    """When the next reminder of the running deadline comes; ``None`` after the last one."""
    if running(complaint) is None or complaint.reminders >= len(PARTS):
        return None
    store, begins, ends = complaint.case.store, complaint.step_started_at, complaint.due_at
    whole = calendars.between(store, begins, ends or begins)
    return calendars.after(store, begins, whole * PARTS[complaint.reminders]) if whole else None


def has_run_out(complaint: Complaint) -> bool:
    """Whether the running deadline has come, by every clock that counts, and was not told yet."""
    return (
        complaint.paused_at is None
        and running(complaint) is not None
        and complaint.due_at is not None
        and clock.has_come(complaint.due_at)
    )


def has_waited(complaint: Complaint) -> bool:
    """Whether it has waited for the buyer for as long as it may."""
    due = complaint.due_at
    return complaint.paused_at is not None and due is not None and clock.has_come(due)


def waits_for(complaint: Complaint) -> str:
    """What the complaint waits for now, as a person reads it."""
    if complaint.paused_at:
        return _("Waits for the buyer")
    return str(LABELS[STEPS.index(complaint.state)])
