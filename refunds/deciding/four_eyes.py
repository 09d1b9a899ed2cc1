"""Who may approve how much alone, and what waits for a second person. One place for every decision.

Whoever fixes what a buyer gets – review, inspection, verdict – asks ``stands`` right before. An
approval above the person's own limit is kept on the case as the first one; the case stays where it
is and its clock keeps running. The second comes from another person whose limit covers the amount.
"""

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Q
from django.utils.translation import gettext as _

from backoffice.access import grants
from backoffice.actors import Actor
from backoffice.exceptions import BadInput, NotAllowed
from backoffice.models import User
from backoffice.roles import ROLES
from backoffice.stepup import same_person
from refunds.compensating import limits
from refunds.compensating.kinds import Type, fixed_by_law, type_of
from refunds.deciding import rails
from refunds.exceptions import HeldForPerson
from refunds.models import Kind, RefundCase, State

OPEN = (State.REQUESTED, State.INSPECTING, State.DISPUTED)
DECIDED = (State.REVIEWED, State.REFUNDED, State.COMPENSATED)
WAITING = Q(state__in=OPEN, first_approver__isnull=False, second_approver=None)
SECOND = "refunds.second_approve"
COUNSEL, PLATFORM = "refunds.give_statutory", "refunds.arbitrate"
DESK, REFUNDS = "refunds.give_compensation", "refunds.approve_refundcase"


def stands(case: RefundCase, *, actor: Actor, amount: Decimal) -> bool:
    """Whether the approval of ``amount`` by ``actor`` takes effect now.

    If not, it is on the case as the first approval, and the caller leaves the rest as it is. Raises
    ``BadInput`` for an amount that this compensation cannot have, and ``HeldForPerson`` where no
    machine may decide.
    """
    check_amount(case, amount)
    if actor.user.is_system:
        if why := rails.reason(case, rails.FOUR_EYES):
            raise HeldForPerson(why)
        return True
    if case.first_amount == amount and not objection(case, actor):
        case.second_approver = actor.user
        return True
    void(case)
    if suffices_alone(case, actor.user, amount):
        return True
    case.first_approver, case.first_amount = actor.user, amount
    return False


def require_alone(case: RefundCase, actor: Actor, amount: Decimal) -> None:
    """Raise ``NotAllowed`` where the case is past its review and two people would have to approve."""
    if not suffices_alone(case, actor.user, amount):
        raise NotAllowed(
            _("Two people have to approve this amount, and the review is over: nothing can wait.")
        )


def check_amount(case: RefundCase, amount: Decimal) -> None:
    """Raise ``BadInput`` for less than the law fixes, or for more than any role may give."""
    if case.kind != Kind.COMPENSATION:
        return
    worth = limits.worth_of(case, amount)
    if fixed_by_law(worth.type) and amount != case.amount_requested:
        raise BadInput(
            _("The law fixes the amount of these damages. Approve all of it, or reject.")
        )
    limits.check_cap(worth)


def authority(case: RefundCase) -> str:
    """The permission that a decision on this case stands on, now that it is where it is."""
    kind = type_of(case)
    if fixed_by_law(kind):
        return COUNSEL
    if case.state == State.DISPUTED or kind == Type.ADVANCE:
        return PLATFORM
    return DESK if case.kind == Kind.COMPENSATION else REFUNDS


def suffices_alone(case: RefundCase, user: User, amount: Decimal) -> bool:
    """Whether ``user`` may approve ``amount`` with nobody else. An exchange moves no money."""
    if case.kind == Kind.EXCHANGE:
        return True
    if case.kind != Kind.COMPENSATION:
        limit = case.policy.second_approval_above
        return limit is None or amount <= limit
    return _covered(case, _roles(user, case, {authority(case)}), amount)


def objection(case: RefundCase, actor: Actor) -> str:
    """Why ``actor`` may not give the second approval that the case waits for; empty if they may."""
    if not waits(case):
        return ""
    if case.first_approver and same_person(case.first_approver, actor.user):
        return _("You gave the first approval. Another person has to give the second.")
    roles = _roles(actor.user, case, {SECOND, authority(case)})
    if not roles:
        return _("Your role may not give the second approval in this case.")
    amount = case.first_amount or case.amount_requested
    if case.kind == Kind.COMPENSATION and not _covered(case, roles, amount):
        return _("This is above what your role may approve. Somebody with a higher limit has to.")
    return ""


def waits(case: RefundCase) -> bool:
    """Whether the case waits for a second approval."""
    return (
        case.state in OPEN
        and case.first_approver_id is not None
        and case.second_approver_id is None
    )


def who_may_second(case: RefundCase) -> list[str]:
    """The roles that could give the second approval, by name."""
    roles = [name for name, role in ROLES.items() if {SECOND, authority(case)} <= role.permissions]
    if case.kind != Kind.COMPENSATION:
        return roles
    worth = limits.worth_of(case, case.first_amount or case.amount_requested)
    covering = {limit.role for limit in limits.rows(roles) if limits.covers(limit, worth)}
    return [role for role in roles if role in covering]


@dataclass(frozen=True)
class Standing:
    """What a first approval was given to – kind, state, what is asked for – and the approval."""

    case: tuple[str, str, Decimal]
    approval: tuple[int | None, Decimal | None]


def standing(case: RefundCase) -> Standing:
    """How the case stands before an action, for ``void_if_moved`` after it."""
    return Standing(
        (case.kind, case.state, case.amount_requested), (case.first_approver_id, case.first_amount)
    )


def void_if_moved(case: RefundCase, before: Standing) -> None:
    """After every action: a first approval ends with what it was given to.

    One that this very action gave stays.
    """
    now = standing(case)
    if now.case != before.case and now.approval == before.approval and case.state not in DECIDED:
        void(case)


def void(case: RefundCase) -> None:
    """Forget what one person approved; history keeps it."""
    case.first_approver = case.first_amount = case.second_approver = None


def _roles(user: User, case: RefundCase, permissions: set[str]) -> list[str]:
    """The roles by which ``user`` holds all of ``permissions`` in the case's store."""
    return [
        grant.role
        for grant in grants(user)
        if (grant.stores is None or case.store_id in grant.stores)
        and permissions <= grant.permissions
    ]


def _covered(case: RefundCase, roles: list[str], amount: Decimal) -> bool:
    if not roles:
        return False
    worth = limits.worth_of(case, amount)
    return any(limits.covers(limit, worth) for limit in limits.rows(roles))
