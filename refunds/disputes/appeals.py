"""The merchant appeals a verdict for the buyer; the platform looks at it a second time."""

from typing import Any

from django.utils.translation import gettext as _

from backoffice import clock
from backoffice.actors import Actor
from backoffice.exceptions import BadInput, NotAllowed
from backoffice.models import User
from merchants.people import holders
from refunds.clocks import running
from refunds.disputes import freezing, standing, telling
from refunds.models import Bearer, Clock, Dispute, RefundCase, State

Verdict = Dispute.Verdict
ARBITRATE = "refunds.arbitrate"


def may_appeal(case: RefundCase) -> bool:
    """Whether the time to appeal a verdict for the buyer still runs."""
    dispute = _open(case)
    return bool(
        dispute
        and dispute.appealed_at is None
        and dispute.appeal_until
        and not clock.has_come(dispute.appeal_until)
    )


def appeal(case: RefundCase, *, actor: Actor, words: str = "", **_details: Any) -> None:
    """Put the merchant's ``words`` on record, and hold back a payout that is in no batch yet.

    A case that waits for money gets the platform's clock; one that is paid is over, only who bears it
    can still change, and ``deadlines`` sees to it that this is decided.
    """
    if not words.strip():
        raise BadInput(_("An appeal needs words: say what the verdict got wrong."))
    dispute = _required(case)
    dispute.appeal, dispute.appealed_at = words.strip()[:500], clock.now()
    dispute.save()
    freezing.freeze(case)
    if case.state == State.REVIEWED:
        running.start(case, Clock.ARBITRATE, case.policy.escalate_hours)


def appeal_waits(case: RefundCase) -> bool:
    """Whether an appeal waits for the platform."""
    dispute = _open(case)
    return bool(dispute and dispute.appealed_at)


def decide_appeal(
    case: RefundCase, *, actor: Actor, verdict: str, grounds: str = "", **_details: Any
) -> None:
    """Let the verdict stand, or overturn it: by another person than gave it, where there is one.

    Overturned before any money moved, the case is rejected for good and its payout cancelled;
    afterwards the payout stays and the platform bears it.
    """
    dispute = _required(case)
    if verdict not in Verdict.values:
        raise BadInput(_("Say whether the verdict stands or is overturned."))
    if not grounds.strip():
        raise BadInput(_("A verdict needs its grounds. Write them down."))
    if objection := judged_by(case, actor):
        raise NotAllowed(objection)
    dispute.appeal_verdict, dispute.appeal_grounds = verdict, grounds.strip()[:500]
    dispute.closed_at = clock.now()
    dispute.save()
    if verdict == Verdict.BUYER:
        freezing.thaw(case)
    elif freezing.moved(case):
        case.bearer = Bearer.PLATFORM
    else:
        _overturn(case)
    running.stop(case)
    telling.tell_verdict(dispute, actor)


def let_stand(case: RefundCase, *, actor: Actor, **_details: Any) -> None:
    """Nobody appealed in time: the verdict is final."""
    dispute = _required(case)
    dispute.closed_at = clock.now()
    dispute.save()
    if case.clock == Clock.APPEAL:
        running.stop(case)


def verdict_is_final(case: RefundCase) -> bool:
    """Whether the time to appeal is over and nobody did: at its very end the timer is eligible."""
    dispute = _open(case)
    return bool(
        dispute
        and dispute.appealed_at is None
        and dispute.appeal_until
        and clock.has_come(dispute.appeal_until)
    )


def judge_of(dispute: Dispute) -> User:
    """Who gave the verdict, by history."""
    return dispute.history.exclude(verdict="").order_by("history_id")[0].history_user


def _overturn(case: RefundCase) -> None:
    """As if the rejection had stood: nothing is approved, the money stays."""
    freezing.cancel(case)
    for line in case.lines.all():
        line.amount_approved = None
        line.save()
    case.amount_approved = case.freight_approved = None
    case.overturn()
    case.bearer, case.closed_at = Bearer.BUYER, clock.now()


def judged_by(case: RefundCase, actor: Actor) -> str:
    """What speaks against ``actor`` deciding the appeal, as a sentence: the verdict is their own.

    Where the platform has only them, they may.
    """
    dispute = _open(case)
    if dispute is None or not dispute.appealed_at:
        return ""
    judges = [judge_of(dispute).pk]
    if case.first_approver_id:  # a verdict that took two people
        judges.append(case.first_approver_id)
    others = holders(ARBITRATE, case.store).exclude(pk__in=judges)
    if actor.user.pk not in judges or not others.exists():
        return ""
    return _("You gave the verdict, so somebody else of the platform decides the appeal.")


def _open(case: RefundCase) -> Dispute | None:
    """The dispute whose verdict for the buyer is not final yet."""
    dispute = standing.latest(case)
    if dispute is None or dispute.closed_at or dispute.verdict != Verdict.BUYER:
        return None
    return dispute


def _required(case: RefundCase) -> Dispute:
    dispute = _open(case)
    if dispute is None:
        raise BadInput(_("This case has no verdict that could still change."))
    return dispute
