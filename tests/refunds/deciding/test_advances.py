"""Advance compensation: the platform decides, in time, and nobody else pays it."""

from datetime import timedelta
from importlib import import_module

import pytest
import time_machine
from django.apps import apps
from django.core.management import call_command

from backoffice.actors import INSTALLER, system
from backoffice.audit.recording import recorded
from backoffice.clock import now
from backoffice.exceptions import NotAllowed, WrongState
from refunds.clocks.reminders import send_reminders
from refunds.deciding.rails import PEOPLE_ONLY
from refunds.models import Clock, Notice, Payout, RejectCode
from refunds.sweep import expire_deadlines
from tests.cast import Cast
from tests.flushing import unguarded
from tests.refunds.compensations import do, propose, row_of
from tests.refunds.deciding.alone import Type
from tests.refunds.factories import fetch, make_order

pytestmark = pytest.mark.once


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
    call_command("verify_history")


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
