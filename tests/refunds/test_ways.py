"""The other ways of a case: returns, exchanges, disputes, withdrawal."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine

from backoffice.actors import person
from backoffice.audit.recording import recorded
from backoffice.exceptions import WrongState
from refunds.exceptions import RefundExceedsBalance
from refunds.models import Kind, Payout, RefundCase, RejectCode, State
from refunds.sweep import expire_deadlines
from refunds.workflow import perform
from tests.cast import Cast
from tests.personal import plain
from tests.refunds.factories import fetch, make_case, make_order, make_stock

PARCEL = {"carrier": "SF", "tracking": "SF1"}


def test_a_return_is_sent_back_inspected_and_paid_in_part(cast: Cast) -> None:
    staff = person(cast.staff)
    case = make_case(make_order(cast.a), cast.staff, kind=Kind.RETURN_REFUND)
    perform("approve", case_id=case.pk, actor=staff)
    assert fetch(case).state == State.AWAITING_RETURN
    assert not Payout.objects.exists()
    perform("receive", case_id=case.pk, actor=staff, **PARCEL)
    perform("accept_return", case_id=case.pk, actor=staff, amount=Decimal("40.00"))
    case = fetch(case)
    assert (case.state, case.amount_approved, plain(case.return_tracking)) == (
        "reviewed",
        Decimal("40.00"),
        "SF1",
    )
    assert Payout.objects.get(case=case).amount == Decimal("40.00")


def test_goods_that_never_come_back_end_the_case(cast: Cast) -> None:
    case = make_case(make_order(cast.a), cast.staff, kind=Kind.RETURN_REFUND)
    perform("approve", case_id=case.pk, actor=person(cast.staff))
    with time_machine.travel(fetch(case).due_at):
        assert expire_deadlines().decided == 1
    assert fetch(case).state == State.WITHDRAWN
    assert fetch(case).history.latest().action == "lapse"


def test_a_return_that_nobody_inspects_is_accepted(cast: Cast) -> None:
    case = make_case(make_order(cast.a), cast.staff, kind=Kind.RETURN_REFUND)
    perform("approve", case_id=case.pk, actor=person(cast.staff))
    perform("receive", case_id=case.pk, actor=person(cast.staff), **PARCEL)
    with time_machine.travel(fetch(case).due_at):
        assert expire_deadlines().decided == 1
    assert fetch(case).state == State.REVIEWED
    assert Payout.objects.filter(case=case).count() == 1


def test_an_exchange_ends_with_the_replacement(cast: Cast) -> None:
    staff = person(cast.staff)
    make_stock(cast.a)
    case = make_case(make_order(cast.a), cast.staff, kind=Kind.EXCHANGE)
    perform("approve", case_id=case.pk, actor=staff)
    perform("receive", case_id=case.pk, actor=staff, **PARCEL)
    perform("accept_return", case_id=case.pk, actor=staff)
    with pytest.raises(WrongState):
        perform("give", case_id=case.pk, actor=staff, type="replacement", reference="SF-NEW")
    perform("ship_replacement", case_id=case.pk, actor=staff, carrier="SF", tracking="SF-NEW")
    assert fetch(case).state == State.COMPENSATED
    assert not Payout.objects.exists()


def reject(case: RefundCase, cast: Cast) -> None:
    code = RejectCode.objects.get(code="R05")
    perform(
        "reject", case_id=case.pk, actor=person(cast.staff), code=code, note="The window is over."
    )


def test_the_platform_overturns_a_rejection(cast: Cast) -> None:
    case = make_case(make_order(cast.a), cast.staff)
    reject(case, cast)
    perform("escalate", case_id=case.pk, actor=person(cast.staff), note="The buyer insists.")
    assert fetch(case).clock == "arbitrate"
    perform("uphold", case_id=case.pk, actor=person(cast.platform), note="The window was not over.")
    assert fetch(case).state == State.REVIEWED
    assert Payout.objects.filter(case=case).count() == 1


def test_after_a_dismissal_nothing_can_be_escalated_again(cast: Cast) -> None:
    case = make_case(make_order(cast.a), cast.staff)
    reject(case, cast)
    perform("escalate", case_id=case.pk, actor=person(cast.staff), note="The buyer insists.")
    perform("dismiss", case_id=case.pk, actor=person(cast.platform), note="It was over.")
    with pytest.raises(WrongState):
        perform("escalate", case_id=case.pk, actor=person(cast.staff), note="Again.")


def test_the_window_to_escalate_closes(cast: Cast) -> None:
    case = make_case(make_order(cast.a), cast.staff)
    reject(case, cast)
    with time_machine.travel(fetch(case).due_at + timedelta(seconds=1)), pytest.raises(WrongState):
        perform("escalate", case_id=case.pk, actor=person(cast.staff), note="Late.")


def test_what_was_rejected_cannot_come_back_above_what_is_left(cast: Cast) -> None:
    order = make_order(cast.a, (1, "50.00"))
    rejected = make_case(order, cast.staff)
    reject(rejected, cast)
    taken = make_case(order, cast.staff)
    perform("approve", case_id=taken.pk, actor=person(cast.staff))
    perform("escalate", case_id=rejected.pk, actor=person(cast.staff), note="The buyer insists.")
    with pytest.raises(RefundExceedsBalance):
        perform("uphold", case_id=rejected.pk, actor=person(cast.platform), note="For the buyer.")
    assert fetch(rejected).state == State.DISPUTED
    assert Payout.objects.count() == 1


def test_a_store_can_switch_the_timer_off(cast: Cast) -> None:

    case = make_case(make_order(cast.a), cast.staff)
    with recorded(person(cast.platform), "Too many bad cases."):
        cast.a.auto_approval = False
        cast.a.save()
    with time_machine.travel(case.due_at):
        assert expire_deadlines().held == 1
    assert "switched off" in fetch(case).held_because
    perform("approve", case_id=case.pk, actor=person(cast.staff))
    assert fetch(case).state == State.REVIEWED
