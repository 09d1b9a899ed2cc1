"""What hands a case to a person where it would have been approved with nobody looking.

Each rail is said once, in two forms side by side: for one case, and as a condition on many. A test
holds the two against each other for every combination.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.db.models import Case, CharField, Exists, Expression, F, OuterRef, Q, Value, When
from django.utils.translation import gettext_noop

from refunds.compensating.kinds import type_of
from refunds.deciding import daily_cap
from refunds.evidence import required
from refunds.exceptions import HeldForPerson
from refunds.models import Compensation, RefundCase, RefundPolicy, RiskHold

APPROVE = RefundPolicy.AtDeadline.APPROVE
PEOPLES = (*Compensation.DAMAGES, Compensation.Type.ADVANCE)
CAP_REACHED = gettext_noop("The store's daily cap for automatic approvals is reached.")


@dataclass(frozen=True)
class Rail:
    """One reason for a person to look. ``stops`` asks one case, ``stopped`` finds many."""

    why: str
    stops: Callable[[RefundCase], bool]
    stopped: Q


def _buyer_is_held(case: RefundCase) -> bool:
    return RiskHold.objects.filter(buyer=case.order.buyer_id, active=True).exists()


def _needs_two(case: RefundCase) -> bool:
    limit = case.policy.second_approval_above
    return limit is not None and case.amount_requested > limit


HELD = Rail(
    gettext_noop("A person has to decide this case."),  # its own reason is shown in place of this
    lambda case: bool(case.held_because),
    ~Q(held_because=""),
)
SWITCHED_OFF = Rail(
    gettext_noop("Auto-approval is switched off for this store."),
    lambda case: not case.store.auto_approval,
    Q(store__auto_approval=False),
)
TO_A_PERSON = Rail(
    gettext_noop("The policy hands such cases to a person at the deadline."),
    lambda case: case.at_deadline != APPROVE,
    ~Q(at_deadline=APPROVE),
)
ABOVE_CEILING = Rail(
    gettext_noop("The amount is above the policy's ceiling for auto-approval."),
    lambda case: case.amount_requested > case.policy.auto_ceiling,
    Q(amount_requested__gt=F("policy__auto_ceiling")),
)
NEEDS_TWO = Rail(
    gettext_noop("The policy wants two people to approve such an amount."),
    _needs_two,
    Q(policy__second_approval_above__isnull=False)
    & Q(amount_requested__gt=F("policy__second_approval_above")),
)
BUYER_HELD = Rail(
    gettext_noop("The buyer is on a risk hold."),
    _buyer_is_held,
    Q(Exists(RiskHold.objects.filter(buyer=OuterRef("order__buyer"), active=True))),
)
HALF_APPROVED = Rail(
    gettext_noop("One person has approved it, and waits for a second one."),
    lambda case: case.first_approver_id is not None,
    Q(first_approver__isnull=False),
)
PEOPLE_ONLY = Rail(
    gettext_noop("Damages and advance compensation are decided by people only."),
    lambda case: type_of(case) in PEOPLES,
    Q(Exists(Compensation.objects.filter(case=OuterRef("pk"), type__in=PEOPLES))),
)
NO_EVIDENCE = Rail(
    required.WHY_HELD,
    lambda case: required.lacking(case) > 0,
    required.LACKING,
)
FOUR_EYES = (NEEDS_TWO, HALF_APPROVED, PEOPLE_ONLY)  # asked again where a decision takes effect
COMMON = (
    *FOUR_EYES,
    BUYER_HELD,
    NO_EVIDENCE,
)  # for whatever approves by itself; the daily cap comes on top
TIMER = (HELD, SWITCHED_OFF, TO_A_PERSON, ABOVE_CEILING, *COMMON)


def reason(case: RefundCase, rails: Iterable[Rail] = TIMER) -> str:
    """Why a person has to decide, by the first rail that stops the case; empty where none does.

    The daily cap is not asked: that is known only when the time has come.
    """
    for rail in rails:
        if rail.stops(case):
            return case.held_because or rail.why
    return ""


def reason_column(rails: Iterable[Rail] = TIMER) -> Expression:
    """The same answer as a column, for who works on many cases at once."""
    stops = [When(rail.stopped, then=Value(rail.why)) for rail in rails]
    return Case(*stops, default=Value(""), output_field=CharField())


def check(case: RefundCase, rails: Iterable[Rail] = TIMER) -> None:
    """Raise ``HeldForPerson``, with the reason to show, unless the case may be approved by itself.

    The caller has locked the order and the case; this locks the store's daily cap.
    """
    if why := reason(case, rails):
        raise HeldForPerson(why)
    room = daily_cap.rooms([case.store_id])[case.store_id]
    if not room.take(case.currency, daily_cap.pays(case)):
        raise HeldForPerson(CAP_REACHED)


def free(rails: Iterable[Rail] = TIMER) -> Q:
    """The cases that no rail stops, as a condition on many; the daily cap comes on top."""
    condition = Q()
    for rail in rails:
        condition &= ~rail.stopped
    return condition
