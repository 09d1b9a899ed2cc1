"""The merchant's decision on a case, and the timer's when the merchant stays silent."""

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from backoffice import clock, money
from backoffice.actors import Actor
from backoffice.exceptions import BadInput, NotAllowed
from refunds import caps, payouts
from refunds.clocks import ends, running
from refunds.exceptions import CodeNotAllowed, EvidenceMissing, HeldForPerson
from refunds.goods import approval
from refunds.goods import approval
from refunds.models import Clock, DecidedBy, RefundCase, RefundPolicy, RejectCode
from refunds.models.cases import sends_goods_back


def overdue(case: RefundCase) -> bool:
    """Whether the running clock has run out: at exactly ``due_at`` the timer is eligible.

    A paused clock, or one that waits for the answer to an offer, never is.
    """
    return case.time_left is None and ends.passed(case)


def approve(
    case: RefundCase, *, actor: Actor, amount: Decimal | None = None, **details: Any
) -> None:
    """Fix what the buyer gets – all that was requested, or ``amount`` of it – and queue the money.

    A return or exchange is only allowed to be sent back: the amount is fixed after inspection.
    """
    check_caps(case)
    decided(case, DecidedBy.TIMER if actor.user.is_system else DecidedBy.PERSON)
    if sends_goods_back(case):
        approval.let_back(case, actor=actor, **details)
        return
    entitle(case, amount)
    case.approve()
    finish_review(case)


def decided(case: RefundCase, by: DecidedBy) -> None:
    """Write down who decided, and when: caps of a day and figures go by it."""
    case.decided_by, case.decided_at = by, clock.now()


def entitle(case: RefundCase, amount: Decimal | None = None) -> None:
    """Write the approved amounts: ``amount`` is shared over lines and freight without a rest."""
    total = case.amount_requested if amount is None else amount
    check_amount(case, total)
    lines = list(case.lines.all())
    requested = [*(line.amount_requested for line in lines), case.freight_requested]
    if sum(requested):
        parts = money.share_out(total, requested, case.currency)
    else:
        parts = [money.ZERO] * len(requested)
    for line, part in zip(lines, parts, strict=False):
        line.amount_approved = part
        line.save()
    case.freight_approved = parts[-1]
    case.amount_approved = total


def check_amount(case: RefundCase, total: Decimal) -> None:
    """Raise ``BadInput`` unless ``total`` can be approved: money, and within what was requested."""
    if not 0 < total <= case.amount_requested or total != money.quantise(total, case.currency):
        raise BadInput(
            _("Approve more than zero and at most the %(requested)s that was requested.")
            % {"requested": money.show(case.amount_requested, case.currency)}
        )


def finish_review(case: RefundCase) -> None:
    """Stop the clock, and queue the money where money is what the buyer gets."""
    running.stop(case)
    if case.in_money:
        payouts.queue(case)


def check_caps(case: RefundCase) -> None:
    """Make sure that the case still fits into what is left of its order."""
    claims = [
        caps.Claim(line.order_line, line.quantity, line.amount_requested)
        for line in case.lines.select_related("order_line")
    ]
    caps.check(
        case.order,
        kind=case.kind,
        claims=claims,
        freight=case.freight_requested,
        total=case.amount_requested,
        without=case,
        in_money=case.in_money,
    )


def auto_approve(case: RefundCase, *, actor: Actor, **details: Any) -> None:
    """Approve in the merchant's place; raises ``HeldForPerson`` where a rail forbids it."""
    check_rails(case)
    approve(case, actor=actor)


def check_rails(case: RefundCase) -> None:
    """Raise ``HeldForPerson``, with the reason to show, unless the timer may decide the case."""
    if case.held_because:
        raise HeldForPerson(case.held_because)
    if not case.store.auto_approval:
        raise HeldForPerson(gettext_noop("Auto-approval is switched off for this store."))
    if case.at_deadline != RefundPolicy.AtDeadline.APPROVE:
        raise HeldForPerson(
            gettext_noop("The policy hands such cases to a person at the deadline.")
        )
    if case.amount_requested > case.policy.auto_ceiling:
        raise HeldForPerson(
            gettext_noop("The amount is above the policy's ceiling for auto-approval.")
        )


def hold(case: RefundCase, *, actor: Actor, why: str, **_details: Any) -> None:
    """Leave the case to a person, and stop the timer from trying again."""
    case.held_because = why


def reject(case: RefundCase, *, actor: Actor, code: RejectCode, **_details: Any) -> None:
    """Refuse, with a code and the evidence that it demands."""
    if not case.policy.allows_code(code.code):
        raise CodeNotAllowed
    if code.supervisor_only and not actor.user.has_perm("refunds.reject_for_abuse", case):
        raise NotAllowed(_("Only a manager may reject with the code “%(code)s”.") % {"code": code})
    if code.evidence_needed and not case.evidence.exists():
        raise EvidenceMissing
    case.reject_code = code
    case.reject()
    running.start(case, Clock.ESCALATE, case.policy.escalate_hours)


def withdraw(case: RefundCase, *, actor: Actor, **_details: Any) -> None:
    """End the case without a decision."""
    case.withdraw()
    running.stop(case)
    case.closed_at = clock.now()
