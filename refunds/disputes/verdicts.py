"""The platform's verdict: who wins, on what grounds, and who bears the cost."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from backoffice import clock
from backoffice.actors import Actor
from backoffice.audit.recording import current_record
from backoffice.exceptions import BadInput
from refunds.clocks import running
from refunds.deciding import decisions
from refunds.disputes import telling
from refunds.disputes.escalation import open_dispute
from refunds.models import Bearer, Clock, DecidedBy, Dispute, Reason, RefundCase

Verdict = Dispute.Verdict
LIABLE = [bearer for bearer in Bearer if bearer != Bearer.REASON]
BEARERS = {
    Reason.Liable.SUPPLIER: Bearer.SUPPLIER,
    Reason.Liable.CARRIER: Bearer.CARRIER,
}


def uphold(
    case: RefundCase,
    *,
    actor: Actor,
    amount: Decimal | None = None,
    liable: str = "",
    grounds: str = "",
    pay_by: str = "",
    **_details: Any,
) -> None:
    """Decide for the buyer: what is approved is fixed, and the merchant's time to appeal begins.

    The money is queued and may be paid meanwhile. Without ``liable`` it is who the reason names.
    """
    liable = liable or by_reason(case.reason)
    if liable == Bearer.BUYER:
        raise BadInput(_("The buyer cannot bear what the buyer gets back. Say who else is liable."))
    _check_liable(liable)
    decisions.check_caps(case)
    case.pay_by = pay_by or case.pay_by
    if not decisions.stands(case, actor=actor, amount=amount):
        _note_first_verdict(case, liable, grounds)
        return
    decisions.entitle(case, amount)
    case.uphold()
    decisions.decided(case, DecidedBy.PLATFORM)
    dispute = _judge(case, Verdict.BUYER, liable, grounds)
    dispute.appeal_until = clock.latest_now() + timedelta(hours=case.policy.appeal_hours)
    dispute.save()  # before the money is queued: nothing is contested any more
    decisions.finish_review(case)
    running.start(case, Clock.APPEAL, case.policy.appeal_hours)
    case.due_at = dispute.appeal_until
    telling.tell_verdict(dispute, actor)


def dismiss(
    case: RefundCase,
    *,
    actor: Actor,
    liable: str = Bearer.BUYER,
    grounds: str = "",
    **_details: Any,
) -> None:
    """Decide for the merchant: the rejection stands, for good."""
    _check_liable(liable)
    case.dismiss()
    dispute = _judge(case, Verdict.MERCHANT, liable, grounds)
    dispute.closed_at = case.closed_at = clock.now()
    dispute.save()
    running.stop(case)
    telling.tell_verdict(dispute, actor)


def _note_first_verdict(case: RefundCase, liable: str, grounds: str) -> None:
    """Keep what the first of two people found, for the second to confirm; it is no verdict yet."""
    dispute = _dispute_of(case)
    dispute.liable, dispute.grounds = liable, grounds.strip() or current_record().reason[:500]
    dispute.save()


def confirm(case: RefundCase, *, actor: Actor, amount: Decimal | None, **_details: Any) -> None:
    """Give the verdict that a first person found, as the second one; the amount is theirs too."""
    dispute = _dispute_of(case)
    uphold(case, actor=actor, amount=amount, liable=dispute.liable, grounds=dispute.grounds)


def _dispute_of(case: RefundCase) -> Dispute:
    return case.disputes.filter(closed_at=None).first() or open_dispute(case)


def _check_liable(liable: str) -> None:
    if liable not in LIABLE:
        raise BadInput(
            _("Say who is liable: the store, the supplier, the carrier or the platform.")
        )


def _judge(case: RefundCase, verdict: str, liable: str, grounds: str) -> Dispute:
    """The dispute with its verdict, for the caller to save; who bears the cost is on the case too."""
    dispute = _dispute_of(case)
    dispute.verdict, dispute.liable = verdict, liable
    dispute.grounds = grounds.strip() or current_record().reason[:500]
    dispute.decided_at = clock.now()
    case.bearer = liable
    return dispute


def by_reason(reason: Reason) -> str:
    """Who bears a verdict for the buyer, by the case's reason: the store where it names nobody else."""
    return BEARERS.get(Reason.Liable(reason.liable), Bearer.STORE)
