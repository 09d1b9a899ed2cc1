"""Clocks of goods that come back, and what ends by itself."""

from typing import Any

import pytest

from backoffice.actors import person
from backoffice.clock import now
from backoffice.exceptions import WrongState
from refunds.clocks import ends
from refunds.models import Clock, RefundCase, RejectCode, State
from refunds.sweep import expire_deadlines
from refunds.workflow import perform
from tests.cast import Cast
from tests.refunds.clocks.waiting import HOUR, TICK, do, received, returned
from tests.refunds.factories import fetch

pytestmark = pytest.mark.once


def test_an_inspection_runs_from_delivery_and_is_bound_by_the_waybill(cast: Cast, at: Any) -> None:
    case = returned(cast)
    at.move_to(now() + 24 * HOUR)
    case = do("send_back", case, cast, carrier="SF", tracking="SF-1")
    sent = now()
    assert (case.clock, case.due_at, case.remind_at) == (Clock.INSPECT, sent + 240 * HOUR, None)
    at.move_to(sent + 72 * HOUR)
    case = do("receive", case, cast)
    assert case.due_at == now() + 48 * HOUR
    assert case.remind_at == now() + 24 * HOUR


def test_a_parcel_that_arrives_late_leaves_only_what_the_waybill_leaves(
    cast: Cast, at: Any
) -> None:
    case = do("send_back", returned(cast), cast, carrier="SF", tracking="SF-1")
    sent = now()
    at.move_to(sent + 220 * HOUR)
    case = do("receive", case, cast)
    assert case.due_at == sent + 240 * HOUR


def test_a_disputed_inspection_never_passes_the_limits(cast: Cast, at: Any) -> None:
    case = do("send_back", returned(cast), cast, carrier="SF", tracking="SF-1")
    sent = now()
    at.move_to(sent + 200 * HOUR)
    case = do("receive", case, cast)
    case = do("pause", case, cast, cause="dispute")  # 72 hours by the policy
    assert case.due_at == sent + 240 * HOUR
    at.move_to(case.due_at)
    expire_deadlines()
    assert fetch(case).due_at == now()
    expire_deadlines()
    assert fetch(case).state == State.REVIEWED


# -- What ends by itself.


def reject(cast: Cast, case: RefundCase) -> RefundCase:
    return do("reject", case, cast, code=RejectCode.objects.get(code="R05"))


def test_a_rejection_that_nobody_escalates_is_closed(cast: Cast, at: Any) -> None:
    case = reject(cast, received(cast))
    assert (case.clock, case.due_at) == (Clock.ESCALATE, now() + 168 * HOUR)
    at.move_to(case.due_at - TICK)
    assert expire_deadlines().decided == 0
    at.move_to(case.due_at)
    assert expire_deadlines().decided == 1
    case = fetch(case)
    assert (case.state, case.clock, case.closed_at) == (State.REJECTED, "", now())
    assert case.history.latest().action == "close"
    with pytest.raises(WrongState):
        do("escalate", case, cast, claim="Still not right.")


def test_a_verdict_that_nobody_appeals_stands(cast: Cast, at: Any) -> None:
    case = do("escalate", reject(cast, received(cast)), cast, claim="It is broken.")
    assert case.clock == Clock.ARBITRATE
    perform(
        "uphold",
        case_id=case.pk,
        actor=person(cast.platform),
        grounds="The photo shows it.",
        note="The photo shows it.",
    )
    case = fetch(case)
    assert case.clock == Clock.APPEAL
    at.move_to(case.due_at)
    assert expire_deadlines().decided == 1
    case = fetch(case)
    assert (case.clock, case.disputes.get().closed_at) == ("", now())


def test_no_timer_decides_a_dispute(cast: Cast, at: Any) -> None:
    case = do("escalate", reject(cast, received(cast)), cast, claim="It is broken.")
    at.move_to(case.due_at + 1000 * HOUR)
    assert expire_deadlines().decided == 0
    assert ends.action_for(case) is None
