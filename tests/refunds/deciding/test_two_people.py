"""Whatever fixes money above the limit takes two people: timer, policy, inspection, verdict, damages."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine

from backoffice.actors import INSTALLER, TIMER, system
from backoffice.audit.recording import recorded
from backoffice.clock import now
from backoffice.exceptions import NotAllowed
from backoffice.models import User
from merchants.models import Membership, Store
from refunds.deciding import four_eyes
from refunds.exceptions import HeldForPerson
from refunds.models import Kind, RefundPolicy, RejectCode, Stage
from refunds.sweep import expire_deadlines
from tests.cast import Cast
from tests.refunds.compensations import do, propose
from tests.refunds.deciding.alone import Type, decided_alone
from tests.refunds.disputes import disputed
from tests.refunds.factories import fetch, make_case, make_order
from tests.refunds.goods import found, inspecting, on_hand

pytestmark = pytest.mark.once


def two_above(store: Store, amount: str) -> None:
    """From now on two people approve a refund of ``store`` above ``amount``."""
    with recorded(system(INSTALLER), "For a test."):
        for stage in Stage:
            for kind in (Kind.REFUND_ONLY, Kind.RETURN_REFUND):
                RefundPolicy.objects.create(
                    store=store,
                    kind=kind,
                    stage=stage,
                    valid_from=now() - timedelta(minutes=1),
                    review_hours=24,
                    auto_ceiling=Decimal(9999),
                    second_approval_above=Decimal(amount),
                )


@pytest.mark.parametrize("waits", [True, False])
def test_the_timer_leaves_it_to_people(cast: Cast, waits: bool) -> None:
    two_above(cast.a, "40.00")
    case = make_case(make_order(cast.a), cast.staff)
    if waits:
        do(case, cast.staff, "approve")
    with time_machine.travel(fetch(case).due_at + timedelta(hours=1)):
        expire_deadlines()
    case = fetch(case)
    assert case.state == "requested"
    assert "two people" in case.held_because or "second one" in case.held_because


def test_whatever_decides_no_machine_gives_what_takes_two(cast: Cast) -> None:
    two_above(cast.a, "40.00")
    case = make_case(make_order(cast.a), cast.staff)
    with pytest.raises(HeldForPerson):
        four_eyes.stands(case, actor=system(TIMER), amount=case.amount_requested)


def test_a_refund_above_the_policys_limit_takes_two(cast: Cast) -> None:
    two_above(cast.a, "49.99")
    case = make_case(make_order(cast.a), cast.staff)
    do(case, cast.staff, "approve")
    assert not decided_alone(case)
    with pytest.raises(NotAllowed):
        do(case, cast.legal, "second_approve")
    do(case, cast.supervisor, "second_approve")
    assert fetch(case).state == "reviewed"
    two_above_not_reached = make_case(make_order(cast.a, (1, "49.99")), cast.staff)
    do(two_above_not_reached, cast.staff, "approve")
    assert decided_alone(two_above_not_reached)


def test_an_inspection_above_the_limit_takes_two_and_restocks_once(cast: Cast) -> None:
    two_above(cast.a, "40.00")
    case = make_case(make_order(cast.a), cast.staff, kind=Kind.RETURN_REFUND)
    do(case, cast.staff, "approve", return_address="1 Main Street")
    assert fetch(case).state == "awaiting_return"
    do(case, cast.staff, "receive", carrier="SF", tracking="SF-1")
    do(case, cast.staff, "accept_return")
    assert (fetch(case).state, fetch(case).first_approver) == ("inspecting", cast.staff)
    do(case, cast.manager, "second_approve")
    case = fetch(case)
    assert (case.state, case.amount_approved, case.lines.get().accepted) == ("reviewed", 50, 1)


def test_what_was_found_for_an_approval_that_never_stood_is_looked_at_again(cast: Cast) -> None:
    """Else the sound pieces would lie there, and never be in stock."""
    two_above(cast.a, "40.00")
    case = inspecting(cast, (2, "50.00"))
    do(case, cast.staff, "accept_return", found=found(case, (2, 0, 0)))
    assert four_eyes.waits(fetch(case))
    code = RejectCode.objects.get(code="R03")
    do(case, cast.manager, "reject", code=code, note="The waybill is of another parcel.")
    assert [line.accepted for line in case.lines.all()] == [None]
    do(case, cast.staff, "escalate", claim="It is my parcel.")
    do(case, cast.platform, "uphold", amount=Decimal("40.00"), liable="store", grounds="It is.")
    do(case, cast.staff, "inspect_later", found=found(case, (2, 0, 0)))
    assert on_hand(cast) == 2


def test_a_verdict_above_the_limit_takes_two_of_the_platform(cast: Cast) -> None:
    two_above(cast.a, "40.00")
    case = make_case(make_order(cast.a), cast.staff)
    do(case, cast.staff, "reject", code=RejectCode.objects.get(code="R05"), note="Over.")
    do(case, cast.staff, "escalate", note="The buyer insists.")
    do(case, cast.platform, "uphold", note="It was not.", liable="carrier", grounds="Not over.")
    assert fetch(case).state == "disputed"
    with pytest.raises(NotAllowed, match="Your role may not"):
        do(case, cast.manager, "second_approve")
    second = second_judge()
    do(case, second, "second_approve")
    case = fetch(case)
    assert (case.state, case.second_approver, case.bearer) == ("reviewed", second, "carrier")
    assert case.disputes.get().grounds == "Not over."


def test_neither_of_the_two_who_gave_a_verdict_decides_the_appeal(cast: Cast) -> None:
    two_above(cast.a, "40.00")
    case, second, third = disputed(cast), second_judge(), second_judge("platform-3")
    do(case, cast.platform, "uphold", liable="carrier", grounds="Not over.")
    do(case, second, "second_approve")
    do(case, cast.manager, "appeal", words="It was over.")
    for judge in (cast.platform, second):
        with pytest.raises(NotAllowed, match="You gave the verdict"):
            do(case, judge, "decide_appeal", verdict="buyer", grounds="Still not.")
    do(case, third, "decide_appeal", verdict="buyer", grounds="Still not.")
    assert case.disputes.get().appeal_verdict == "buyer"


def second_judge(name: str = "platform-2") -> User:
    """Another person of the platform."""
    with recorded(system(INSTALLER), "For a test."):
        user = User.objects.create_user(name)
        Membership.objects.create(user=user, role="platform")
    return user


def test_a_statutory_claim_that_was_rejected_still_needs_counsel(cast: Cast) -> None:
    case = propose(make_order(cast.a), cast.staff, Type.FRAUD, quantity=1)
    do(case, cast.staff, "reject", code=RejectCode.objects.get(code="R05"), note="Over.")
    do(case, cast.staff, "escalate", note="The buyer insists.")
    do(case, cast.platform, "uphold", note="The listing lied.")
    assert fetch(case).state == "disputed"
    do(case, cast.legal, "second_approve")
    assert (fetch(case).state, fetch(case).amount_approved) == ("reviewed", 500)
