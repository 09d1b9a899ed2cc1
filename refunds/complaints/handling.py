"""What people do to a complaint. The caller holds the lock of its case, which guards it too."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backoffice import clock
from backoffice.actors import Actor
from backoffice.exceptions import BadInput, WrongState
from merchants.calendars import remembered
from refunds.complaints import clocks
from refunds.models import Complaint, Message, Party, RefundCase
from refunds.talking.texts import tidy

LONGEST = 500
SUPERVISE = "refunds.supervise_complaint"
State = Complaint.State


def open_on(case: RefundCase) -> Complaint | None:
    """The complaint about ``case`` that is not over, if there is one."""
    if not case.pk:
        return None
    return next((row for row in case.complaints.all() if row.closed_at is None), None)


def nothing_open(case: RefundCase) -> bool:
    """Whether no complaint about the case is open."""
    return open_on(case) is None


def to_acknowledge(case: RefundCase) -> bool:
    """Whether a complaint waits to be acknowledged."""
    complaint = open_on(case)
    return bool(complaint and complaint.state == State.FILED)


def to_answer(case: RefundCase) -> bool:
    """Whether a complaint waits for its answer."""
    complaint = open_on(case)
    return bool(complaint and complaint.state in (State.FILED, State.ACKNOWLEDGED))


def to_resolve(case: RefundCase) -> bool:
    """Whether a complaint was answered, and not resolved yet."""
    complaint = open_on(case)
    return bool(complaint and complaint.state == State.ANSWERED)


def may_wait(case: RefundCase) -> bool:
    """Whether a complaint's deadline runs, and it may wait for the buyer (any longer)."""
    complaint = open_on(case)
    return bool(
        complaint
        and complaint.paused_at is None
        and clocks.running(complaint) is not None
        and not clocks.has_run_out(complaint)
        and clocks.hours_left_to_wait(complaint)
    )


def waits(case: RefundCase) -> bool:
    """Whether a complaint waits for the buyer."""
    complaint = open_on(case)
    return bool(complaint and complaint.paused_at)


def is_open(case: RefundCase) -> bool:
    """Whether a complaint is open."""
    return not nothing_open(case)


def objection(case: RefundCase, actor: Actor) -> str:
    """Why ``actor`` may not go on with the complaint: it was escalated, and they are no supervisor."""
    complaint = open_on(case)
    if complaint is None or not complaint.missed or actor.user.has_perm(SUPERVISE, case):
        return ""
    return _("A deadline of this complaint was missed, so a supervisor has to go on with it.")


@remembered()
def file(case: RefundCase, *, actor: Actor, words: str, **_details: Any) -> None:
    """Put the buyer's complaint on record: its three deadlines run from now."""
    at = clock.latest_now()
    complaint = Complaint(
        case=case, words=_text(words), filed_at=at, step_started_at=at, **clocks.begin(case, at)
    )
    clocks.run(complaint)
    complaint.save(force_insert=True)


@remembered()
def acknowledge(case: RefundCase, *, actor: Actor, **_details: Any) -> None:
    """Tell the buyer that somebody looks into it; a pause ends with that."""
    complaint = required(case)
    _end_pause(complaint)
    complaint.acknowledge()
    complaint.acknowledged_at = clock.now()
    clocks.run(complaint)
    complaint.save()


@remembered()
def answer(case: RefundCase, *, actor: Actor, words: str, **_details: Any) -> None:
    """Answer the buyer, who reads it in the thread. What was not acknowledged yet is so by this."""
    complaint = required(case)
    _end_pause(complaint)
    complaint.give_answer()
    complaint.answer, complaint.answered_at = _text(words), clock.now()
    complaint.acknowledged_at = complaint.acknowledged_at or complaint.answered_at
    clocks.run(complaint)
    complaint.save()
    _tell_the_buyer(case, actor, complaint.answer)


def resolve(case: RefundCase, *, actor: Actor, outcome: str, words: str, **_details: Any) -> None:
    """Put on record what came of the complaint; the buyer reads it in the thread."""
    complaint = required(case)
    if outcome not in Complaint.Outcome.values:
        raise BadInput(_("Say whether the complaint was justified."))
    complaint.outcome, complaint.resolution = outcome, _text(words)
    complaint.resolve()
    _close(complaint)
    _tell_the_buyer(case, actor, complaint.resolution)


def withdraw(case: RefundCase, *, actor: Actor, **_details: Any) -> None:
    """The buyer no longer complains."""
    complaint = required(case)
    complaint.withdraw()
    _close(complaint)


def wait(case: RefundCase, *, actor: Actor, hours: int | None = None, **_details: Any) -> None:
    """Wait for the buyer for ``hours``, or as long as the policy still allows: no deadline runs."""
    complaint = required(case)
    most = clocks.hours_left_to_wait(complaint)
    if hours is not None and not 1 <= hours <= most:
        raise BadInput(
            ngettext(
                "A complaint may wait for the buyer for %(most)d hour more.",
                "A complaint may wait for the buyer for %(most)d hours more.",
                most,
            )
            % {"most": most}
        )
    clocks.stand_still(complaint, most if hours is None else hours)
    complaint.save()


@remembered()
def go_on(case: RefundCase, *, actor: Actor, **_details: Any) -> None:
    """The buyer has answered: the deadlines run on with the working time that was left."""
    complaint = required(case)
    clocks.go_on(complaint)
    complaint.save()


def required(case: RefundCase) -> Complaint:
    """The complaint that is open on ``case``; raises ``WrongState`` where none is."""
    complaint = open_on(case)
    if complaint is None:
        raise WrongState
    complaint.case = case  # as it is under the lock, with its store and its policy
    return complaint


def _end_pause(complaint: Complaint) -> None:
    if complaint.paused_at:
        clocks.go_on(complaint)


def _close(complaint: Complaint) -> None:
    complaint.closed_at = clock.now()
    clocks.stop(complaint)
    complaint.save()


def _text(words: str) -> str:
    text = tidy(words)
    if len(text) > LONGEST:
        raise BadInput(
            _("This has %(count)d characters. %(most)d are the most.")
            % {"count": len(text), "most": LONGEST}
        )
    return text


def _tell_the_buyer(case: RefundCase, actor: Actor, body: str) -> None:
    Message.objects.create(
        case=case, party=Party.STORE, author=actor.user, body=body, sent_at=clock.now()
    )
