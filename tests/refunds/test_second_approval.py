"""Limits by role, and the second person above them."""

from datetime import timedelta
from decimal import Decimal
from importlib import import_module
from io import StringIO

import pytest
import time_machine
from django.apps import apps
from django.core.management import call_command
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse

from backoffice.actors import INSTALLER, TIMER, person, system
from backoffice.audit.recording import recorded
from backoffice.clock import now
from backoffice.exceptions import NotAllowed, NotFound, WrongState
from backoffice.models import User
from merchants.models import Membership, Store
from refunds.clocks.reminders import send_reminders
from refunds.deciding import four_eyes
from refunds.deciding.rails import PEOPLE_ONLY
from refunds.exceptions import HeldForPerson
from refunds.models import (
    Clock,
    Compensation,
    CompensationLimit,
    Kind,
    Notice,
    Payout,
    RefundCase,
    RefundPolicy,
    RejectCode,
    Stage,
)
from refunds.sweep import expire_deadlines
from tests.cast import Cast
from tests.flushing import unguarded
from tests.refunds.compensations import do, propose, row_of
from tests.refunds.disputes import disputed
from tests.refunds.factories import fetch, make_case, make_order
from tests.refunds.goods import found, inspecting, on_hand

pytestmark = pytest.mark.once

Type = Compensation.Type


def limit(role: str, **fields: object) -> None:
    """Change a role's limit."""
    with recorded(system(INSTALLER), "For a test."):
        row = CompensationLimit.objects.get(role=role)
        for name, value in fields.items():
            setattr(row, name, value)
        row.save()


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


def decided_alone(case: RefundCase) -> bool:
    """Whether the case is decided; else it has to wait for a second person."""
    case = fetch(case)
    assert (case.first_approver is None) == (case.state == "reviewed")
    return case.state == "reviewed"


@pytest.mark.parametrize(
    ("role", "price", "amount", "alone"),
    [
        ("staff", "100.00", "10.00", True),  # exactly 10 %
        ("staff", "100.00", "10.01", False),
        ("staff", "500.00", "50.00", True),  # exactly 10 % and ¥50
        ("staff", "501.00", "50.00", True),
        ("staff", "501.00", "50.01", False),  # within 10 %, a cent above ¥50
        ("supervisor", "100.00", "30.00", True),
        ("supervisor", "100.00", "30.01", False),
        ("supervisor", "2000.00", "300.00", True),
        ("supervisor", "2000.00", "300.01", False),
        ("manager", "2000.00", "2000.00", True),
    ],
)
def test_each_role_approves_up_to_its_limit(
    cast: Cast, role: str, price: str, amount: str, alone: bool
) -> None:
    case = propose(make_order(cast.a, (1, price)), cast.staff, Type.GOODWILL, amount)
    do(case, cast.people[role], "approve")
    assert decided_alone(case) is alone
    assert Payout.objects.filter(case=case).exists() is alone


@pytest.mark.parametrize(("amount", "alone"), [("50.00", True), ("50.01", False)])
def test_a_role_is_bound_by_its_own_cap_where_another_may_give_more(
    cast: Cast, amount: str, alone: bool
) -> None:
    limit("staff", percent=None, amount=None, cap_percent=Decimal(50))
    case = propose(make_order(cast.a, (1, "100.00")), cast.staff, Type.GOODWILL, amount)
    do(case, cast.staff, "approve")
    assert (fetch(case).state == "reviewed") is alone


def test_the_percent_is_of_the_goods_that_the_case_names(cast: Cast) -> None:
    order = make_order(cast.a, (1, "40.00"), (1, "400.00"))
    named = propose(order, cast.staff, Type.COUPON, "4.01", quantity=1)
    do(named, cast.staff, "approve")
    assert not decided_alone(named)


def test_many_small_ones_are_a_large_one(cast: Cast) -> None:
    order = make_order(cast.a, (1, "1000.00"))
    for amount, alone in (("30.00", True), ("20.00", True), ("0.01", False)):
        case = propose(order, cast.staff, Type.COUPON, amount)
        do(case, cast.staff, "approve")
        assert decided_alone(case) is alone


def test_a_currency_without_cents(cast: Cast) -> None:
    with recorded(system(INSTALLER), "For a test."):
        cast.a.currency = "JPY"
        cast.a.save()
    limit("staff", amount=None)
    for amount, alone in (("100", True), ("101", False)):  # 10 % of ¥1,005 is ¥100.5
        case = propose(make_order(cast.a, (1, "1005"), freight="0"), cast.staff, "", amount)
        do(case, cast.staff, "approve")
        assert decided_alone(case) is alone
    limit("staff", amount=Decimal(50))
    case = propose(make_order(cast.a, (1, "1005"), freight="0"), cast.staff, "", "1")
    do(case, cast.staff, "approve")
    assert not decided_alone(case)  # CNY 50 says nothing about yen


def test_a_role_without_a_row_approves_nothing_alone(cast: Cast) -> None:
    limit("staff", amount=Decimal(0))
    case = propose(make_order(cast.a), cast.staff, Type.COUPON, "0.01")
    do(case, cast.staff, "approve")
    assert not decided_alone(case)


@pytest.fixture
def waiting(cast: Cast) -> RefundCase:
    """Goodwill of 80 % that staff approved a first time."""
    case = propose(make_order(cast.a), cast.staff, Type.GOODWILL, "80.00")
    return do(case, cast.staff, "approve", note="A loyal buyer.")


def test_the_first_approval_is_kept_and_the_clock_runs_on(cast: Cast, waiting: RefundCase) -> None:
    case = fetch(waiting)
    assert (case.first_approver, case.first_amount) == (cast.staff, Decimal("80.00"))
    assert (case.state, case.due_at is not None, case.amount_approved) == ("requested", True, None)
    version = case.history.latest()
    assert (version.history_user, version.history_change_reason) == (cast.staff, "A loyal buyer.")


def test_another_person_with_a_higher_limit_decides(cast: Cast, waiting: RefundCase) -> None:
    do(waiting, cast.manager, "second_approve", note="Agreed.")
    case = fetch(waiting)
    assert (case.state, case.amount_approved) == ("reviewed", Decimal("80.00"))
    assert (case.first_approver, case.second_approver) == (cast.staff, cast.manager)
    assert Payout.objects.get(case=case).amount == Decimal("80.00")
    version = case.history.latest()
    assert (version.action, version.history_user, version.history_change_reason) == (
        "second_approve",
        cast.manager,
        "Agreed.",
    )


@pytest.mark.parametrize(
    ("who", "refusal", "sentence"),
    [
        ("supervisor", NotAllowed, "higher limit"),
        ("legal", NotAllowed, "Your role may not"),
        ("platform", NotAllowed, "Your role may not"),
        ("staff", NotAllowed, "Another person"),
        ("finance", NotAllowed, "Your role"),
        ("staff2", NotFound, "no such record"),
    ],
)
def test_nobody_else_gives_the_second(
    cast: Cast, waiting: RefundCase, client: Client, who: str, refusal: type, sentence: str
) -> None:
    before = fetch(waiting).history.count()
    with pytest.raises(refusal, match=sentence):
        do(waiting, cast.people[who], "second_approve")
    client.force_login(cast.people[who])
    url = reverse("admin:refunds_refundcase_do", args=[waiting.pk, "second_approve"])
    assert client.post(url, {"version": waiting.version}).status_code == refusal.status
    assert fetch(waiting).history.count() == before


def test_the_same_person_never_counts_twice(cast: Cast, waiting: RefundCase) -> None:
    with recorded(system(INSTALLER), "For a test."):
        Membership.objects.create(user=cast.staff, role="supervisor", store=cast.a)
    staff = type(cast.staff).objects.get(pk=cast.staff.pk)
    with pytest.raises(NotAllowed, match="Another person"):
        do(waiting, staff, "second_approve")
    do(waiting, staff, "approve")
    assert not decided_alone(waiting)


def test_the_database_knows_two_people_from_one(cast: Cast, waiting: RefundCase) -> None:
    case = fetch(waiting)
    case.second_approver = case.first_approver
    with pytest.raises(IntegrityError), recorded(person(cast.staff), "Past the service."):
        case.save()
    case = fetch(waiting)
    case.first_amount = None
    with pytest.raises(IntegrityError), recorded(person(cast.staff), "Past the service."):
        case.save()


def test_another_amount_voids_the_first_approval(cast: Cast, waiting: RefundCase) -> None:
    do(waiting, cast.supervisor, "approve", amount=Decimal("70.00"))
    case = fetch(waiting)
    assert (case.first_approver, case.first_amount) == (cast.supervisor, Decimal("70.00"))
    do(waiting, cast.supervisor, "approve", amount=Decimal("30.00"))  # within their own limit
    case = fetch(waiting)
    assert (case.state, case.first_approver, case.amount_approved) == ("reviewed", None, 30)
    assert row_of(case).amount == 30


def test_what_moves_the_case_voids_the_first_approval(cast: Cast, waiting: RefundCase) -> None:
    code = RejectCode.objects.get(code="R05")
    do(waiting, cast.supervisor, "reject", code=code, note="The window is over.")
    case = fetch(waiting)
    assert (case.state, case.first_approver, case.first_amount) == ("rejected", None, None)


def test_approving_the_same_amount_is_the_second_approval(cast: Cast, waiting: RefundCase) -> None:
    do(waiting, cast.manager, "approve")
    case = fetch(waiting)
    assert (case.state, case.second_approver) == ("reviewed", cast.manager)


def test_nothing_waits_twice(cast: Cast, waiting: RefundCase) -> None:
    do(waiting, cast.manager, "second_approve")
    with pytest.raises(WrongState):
        do(waiting, cast.manager2, "second_approve")


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


def test_the_platform_alone_decides_about_an_advance(cast: Cast) -> None:
    case = propose(make_order(cast.a), cast.staff, Type.ADVANCE, "60.00")
    row = row_of(case)
    assert (row.bearer, case.bearer, row.basis) == ("platform", "store", {"recover_from": "store"})
    for action in ("approve", "reject"):
        with pytest.raises(WrongState):
            do(case, cast.manager, action, code=RejectCode.objects.get(code="R05"))
    with pytest.raises(NotAllowed):
        do(case, cast.manager, "pay_in_advance")
    do(case, cast.platform, "pay_in_advance")
    assert Payout.objects.get(case=case).amount == 60


def test_the_platform_may_refuse_an_advance(cast: Cast) -> None:
    case = propose(make_order(cast.a), cast.staff, Type.ADVANCE, "60.00")
    code = RejectCode.objects.get(code="R05")
    do(case, cast.platform, "refuse_advance", code=code, note="The buyer was paid.")
    assert fetch(case).state == "rejected"


def test_an_advance_is_decided_within_a_day_and_escalated_but_never_paid_by_the_timer(
    cast: Cast,
) -> None:
    with time_machine.travel(now(), tick=False):
        case = propose(make_order(cast.a), cast.staff, Type.ADVANCE, "60.00")
    assert case.clock == "advance"
    assert case.due_at - case.requested_at == timedelta(hours=24)
    with time_machine.travel(case.due_at - timedelta(microseconds=1), tick=False):
        assert expire_deadlines().decided == 0
    with time_machine.travel(case.due_at, tick=False):
        assert expire_deadlines().decided == 1
        assert expire_deadlines().decided == 0
    case = fetch(case)
    assert (case.state, Payout.objects.count()) == ("requested", 0)
    assert case.held_because == "The platform has not decided about the advance in time."
    told = set(
        Notice.objects.filter(kind="escalated").values_list("recipient__username", flat=True)
    )
    assert told == {"platform", "supervisor", "manager", "manager2"}
    assert case.history.latest("history_id").action == "escalate_advance"
    do(case, cast.platform, "pay_in_advance")
    assert fetch(case).state == "reviewed"


@pytest.mark.parametrize("held", ["", PEOPLE_ONLY.why])
def test_an_advance_from_before_there_was_a_clock_for_it_gets_the_platforms(
    cast: Cast, held: str
) -> None:
    with time_machine.travel(now(), tick=False):
        case = propose(make_order(cast.a), cast.staff, Type.ADVANCE, "60.00")
        other = propose(make_order(cast.a), cast.staff, Type.GOODWILL, "5.00")
    due = case.due_at
    with recorded(system(INSTALLER), "As it was before."):
        case.clock, case.held_because = Clock.REVIEW, held
        case.channel_due_at = due + timedelta(hours=4)
        case.save()
    migration = import_module("refunds.migrations.0027_advances_on_their_clock")
    with unguarded(), recorded(system(INSTALLER), "Upgraded.", "upgrade"):  # as migrations are
        migration.upgrade(apps, None)
    case, version = fetch(case), fetch(case).history.latest("history_id")
    assert (case.clock, case.due_at, case.channel_due_at) == (Clock.ADVANCE, due, None)
    assert (version.action, version.clock, version.version) == ("upgrade", "advance", case.version)
    assert fetch(other).clock == Clock.REVIEW
    with time_machine.travel(due, tick=False):
        expire_deadlines()
    assert fetch(case).held_because == "The platform has not decided about the advance in time."
    assert Notice.objects.filter(kind="escalated", recipient=cast.platform).count() == 1
    call_command("verify_history", stdout=StringIO())


def test_the_platforms_own_people_are_reminded_of_an_advance(cast: Cast) -> None:
    with time_machine.travel(now(), tick=False):
        case = propose(make_order(cast.a), cast.staff, Type.ADVANCE, "60.00")
    with time_machine.travel(case.remind_at, tick=False):
        send_reminders()
    assert [n.recipient for n in Notice.objects.filter(kind="half")] == [cast.platform]


def test_an_advance_waits_for_an_appraisal_and_goes_on_with_what_was_left(cast: Cast) -> None:
    with time_machine.travel(now(), tick=False) as at:
        case = propose(make_order(cast.a), cast.staff, Type.ADVANCE, "60.00")
        due = case.due_at
        at.shift(timedelta(hours=4))
        with pytest.raises(WrongState):  # the clock is the platform's
            do(case, cast.manager, "pause", cause="appraisal")
        do(case, cast.platform, "appraise", hours=70, note="A laboratory looks at it.")
        at.shift(timedelta(hours=70))
        assert expire_deadlines().decided == 1  # the pause is over
        assert fetch(case).due_at == due + timedelta(hours=70)
        assert not fetch(case).held_because
        with pytest.raises(WrongState):  # once, as the policy says
            do(case, cast.platform, "appraise")
