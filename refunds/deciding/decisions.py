"""The merchant's decision on a case, and the timer's when the merchant stays silent."""

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from backoffice import clock, money
from backoffice.actors import Actor
from backoffice.exceptions import BadInput, NotAllowed
from refunds import caps
from refunds.clocks import ends, running
from refunds.compensating import damages, kinds, proposing
from refunds.deciding import four_eyes, rails
from refunds.evidence import required
from refunds.exceptions import CodeNotAllowed, EvidenceMissing
from refunds.exemptions import checking as exemptions
from refunds.goods import approval, pieces
from refunds.models import Clock, DecidedBy, RefundCase, RejectCode
from refunds.models.case_states import sends_goods_back
from refunds.payouts import queueing


def overdue(case: RefundCase) -> bool:
    """Whether the running clock has run out: at exactly ``due_at`` the timer is eligible.

    A paused clock, the platform's own, or one that waits for the answer to an offer, never is.
    """
    return case.time_left is None and case.clock != Clock.ADVANCE and ends.passed(case)


def approve(
    case: RefundCase,
    *,
    actor: Actor,
    amount: Decimal | None = None,
    pay_by: str = "",
    note: str = "",
    **details: Any,
) -> None:
    """Fix what the buyer gets – all that was requested, or ``amount`` of it – and queue the money.

    ``pay_by`` says how it is paid, also where the money is queued later. A return or exchange is only allowed to be sent back: the amount is fixed after inspection.
    What needs two people is only approved a first time.
    """
    check_caps(case)
    required.check(case, actor=actor, note=note)
    case.pay_by = pay_by or case.pay_by
    if sends_goods_back(case):
        exemptions.check_case(case, by_machine=actor.user.is_system)
        decided(case, DecidedBy.TIMER if actor.user.is_system else DecidedBy.PERSON)
        approval.let_back(case, actor=actor, **details)
        return
    if not stands(case, actor=actor, amount=amount):
        return
    decided(case, DecidedBy.TIMER if actor.user.is_system else DecidedBy.PERSON)
    entitle(case, amount)
    case.approve()
    finish_review(case)


def decided(case: RefundCase, by: DecidedBy) -> None:
    """Write down who decided, and when: caps of a day and figures go by it."""
    case.decided_by, case.decided_at = by, clock.now()


def stands(case: RefundCase, *, actor: Actor, amount: Decimal | None = None) -> bool:
    """Whether the approval of ``amount`` takes effect now; if not, it waits for a second person."""
    total = case.amount_requested if amount is None else amount
    check_amount(case, total)
    return four_eyes.stands(case, actor=actor, amount=total)


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
    if not 0 < total <= case.amount_requested:
        raise BadInput(
            _("Approve more than zero and at most the %(requested)s that was requested.")
            % {"requested": money.show(case.amount_requested, case.currency)}
        )
    money.check_decimals(total, case.currency)


def finish_review(case: RefundCase) -> None:
    """Stop the clock, and queue the money where money is what the buyer gets."""
    running.stop(case)
    proposing.fix_worth(case)
    if case.in_money:
        queueing.queue(case)


def check_caps(case: RefundCase) -> None:
    """Make sure that the case still fits into what is left of its order; damages have their own cap."""
    if kinds.pays_damages(case):
        damages.check_again(case)
        return
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
    rails.check(case)


def hold(case: RefundCase, *, actor: Actor, why: str, **_details: Any) -> None:
    """Leave the case to a person, and stop the timer from trying again."""
    case.held_because = why


def reject(case: RefundCase, *, actor: Actor, code: RejectCode, **_details: Any) -> None:
    """Refuse, with a code and the evidence that it demands.

    Sound pieces that were found for an approval which never took effect are not in stock: should the
    platform decide for the buyer, whoever looks again puts them there.
    """
    if not case.policy.allows_code(code.code):
        raise CodeNotAllowed
    if code.supervisor_only and not actor.user.has_perm("refunds.reject_for_abuse", case):
        raise NotAllowed(
            _("Only a supervisor or a manager may reject with the code “%(code)s”.")
            % {"code": code}
        )
    if code.evidence_needed and not case.evidence.exists():
        raise EvidenceMissing
    pieces.forget(case.lines.filter(accepted__gt=0))
    case.reject_code = code
    case.reject()
    running.start(case, Clock.ESCALATE, case.policy.escalate_hours)


def withdraw(case: RefundCase, *, actor: Actor, **_details: Any) -> None:
    """End the case without a decision."""
    case.withdraw()
    running.stop(case)
    case.closed_at = clock.now()
