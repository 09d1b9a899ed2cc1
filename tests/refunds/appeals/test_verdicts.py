"""Somebody else decides an appeal: what stands, what is overturned, and what becomes of the money."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from backoffice.actors import person
from backoffice.audit.recording import recorded
from backoffice.clock import now
from backoffice.exceptions import BadInput, NotAllowed, WrongState
from backoffice.models import User
from refunds.batches.building import build
from refunds.batches.files import export
from refunds.disputes import appeals
from refunds.models import Kind, Payout, RejectCode, State
from refunds.panels.disputes import to_appeal
from tests.cast import Cast
from tests.refunds.appeals.appealing import OVERTURNED, STANDS, decide, do, refunded, sealed
from tests.refunds.disputes import act, appealed, dispute_of, payout_of, upheld
from tests.refunds.factories import fetch, make_case, make_order
from tests.refunds.money import answer, apply, release

pytestmark = pytest.mark.once


def test_a_verdict_that_stands_lets_the_money_go(cast: Cast) -> None:
    case = decide(appealed(cast), cast.platform, STANDS)
    dispute, payout = dispute_of(case), payout_of(case)
    assert (case.state, case.due_at, case.bearer) == (State.REVIEWED, None, "store")
    assert (dispute.appeal_verdict, dispute.closed_at is None) == (STANDS, False)
    assert (payout.state, payout.frozen) == ("queued", False)
    assert build(store_id=cast.a.pk, currency="CNY", actor=person(cast.finance)).count == 1


def test_an_overturned_verdict_rejects_the_case_for_good(client: Client, cast: Cast) -> None:
    case = appealed(cast)
    client.force_login(cast.platform)
    form = {"version": case.version, "verdict": OVERTURNED, "note": "It is another lamp."}
    assert client.post(do(case, "decide_appeal"), form).status_code == 302

    case, payout = fetch(case), payout_of(case)
    assert (case.state, case.amount_approved, case.bearer) == (State.REJECTED, None, "buyer")
    assert case.lines.get().amount_approved is None
    assert (case.due_at, case.closed_at is None) == (None, False)
    assert (payout.state, payout.frozen) == ("cancelled", False)
    version = case.history.latest()
    assert (version.history_user, version.action, version.history_change_reason) == (
        cast.platform,
        "decide_appeal",
        "It is another lamp.",
    )
    for user, action in ((cast.staff, "escalate"), (cast.manager, "reopen")):
        with pytest.raises(WrongState):
            act(case, user, action)


def test_nothing_is_given_while_an_appeal_is_undecided(cast: Cast) -> None:
    order = make_order(cast.a, (1, "300.00"), shipped=now(), delivered=now())
    case = make_case(
        order, cast.staff, kind=Kind.COMPENSATION, in_money=False, lines=[], amount=Decimal("20.00")
    )
    code = RejectCode.objects.get(code="R05")
    act(case, cast.staff, "reject", code=code, note="The window is over.")
    act(case, cast.staff, "escalate", claim="It came late.")
    act(case, cast.platform, "uphold", liable="store", grounds="It did.")
    case = act(case, cast.manager, "appeal", words="It did not.")
    with pytest.raises(WrongState):
        act(case, cast.staff, "give", reference="CPN-1")
    decide(case, cast.platform, STANDS)
    assert act(case, cast.staff, "give", reference="CPN-1").state == State.COMPENSATED


def test_after_money_moved_only_the_bearer_changes(cast: Cast) -> None:
    case = sealed(cast, upheld(cast))
    act(case, cast.manager, "appeal", words="Wrong lamp.")
    case = decide(case, cast.platform, OVERTURNED)
    assert (case.state, case.bearer) == (State.REVIEWED, "platform")
    assert (payout_of(case).state, payout_of(case).batch is None) == ("queued", False)
    assert dispute_of(case).appeal_verdict == OVERTURNED


def test_a_refunded_case_has_no_clock_but_may_still_be_appealed(cast: Cast, rf: Any) -> None:
    case = refunded(cast, upheld(cast))
    assert (case.state, case.due_at, case.clock) == (State.REFUNDED, None, "")
    request = rf.get("/")
    request.user = cast.manager
    (row,) = to_appeal(request).context["rows"]
    assert row.due == dispute_of(case).appeal_until  # which is seen where there is no clock, too
    case = act(case, cast.manager, "appeal", words="Wrong lamp.")
    assert case.due_at is None
    case = decide(case, cast.platform, OVERTURNED)
    assert (case.state, case.bearer) == (State.REFUNDED, "platform")


def test_money_that_was_on_its_way_arrives_during_an_appeal(cast: Cast) -> None:
    case = sealed(cast, upheld(cast))
    act(case, cast.manager, "appeal", words="Wrong lamp.")
    payout = payout_of(case)
    release(batch_id=payout.batch_id, actor=person(cast.checker))
    export(batch_id=payout.batch_id, actor=person(cast.finance), file_format="csv")
    apply(cast, payout.batch, [answer(Payout.objects.get(pk=payout.pk))])
    assert (fetch(case).state, fetch(case).due_at) == (State.REFUNDED, None)
    assert decide(case, cast.platform, STANDS).bearer == "store"


def test_somebody_else_decides_the_appeal_where_there_is_somebody(
    client: Client, cast: Cast, second: User
) -> None:
    case = appealed(cast)
    with pytest.raises(NotAllowed, match="You gave the verdict"):
        decide(case, cast.platform, STANDS)
    client.force_login(cast.platform)
    form = {"version": case.version, "verdict": STANDS, "note": "Mine."}
    assert client.post(do(case, "decide_appeal"), form).status_code == 403
    assert dispute_of(case).appeal_verdict == ""
    assert payout_of(case).frozen
    decide(case, second, STANDS)
    assert not payout_of(case).frozen


@pytest.mark.parametrize("details", [{"verdict": ""}, {"verdict": "both"}, {"grounds": "  "}])
def test_a_verdict_on_an_appeal_is_whole(cast: Cast, details: dict[str, str]) -> None:
    case = appealed(cast)
    with pytest.raises(BadInput):
        act(
            case,
            cast.platform,
            "decide_appeal",
            **{"verdict": STANDS, "grounds": "Yes.", **details},
        )
    assert dispute_of(case).appeal_verdict == ""


def test_the_service_itself_refuses_who_gave_the_verdict(cast: Cast, second: User) -> None:
    """Behind the action table, which asks the same before it."""
    case, judge = appealed(cast), person(cast.platform)
    with recorded(judge, "For a test."), pytest.raises(NotAllowed, match="somebody else"):
        appeals.decide_appeal(case, actor=judge, verdict=STANDS, grounds="As I said.")
    assert dispute_of(case).appeal_verdict == ""


def test_nobody_of_the_store_decides_its_own_appeal(cast: Cast) -> None:
    case = appealed(cast)
    for user in (cast.manager, cast.legal, cast.auditor):
        with pytest.raises(NotAllowed):
            decide(case, user, OVERTURNED)
