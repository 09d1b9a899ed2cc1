"""The merchant appeals a verdict for the buyer: the money waits, and somebody else decides."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from backoffice.actors import INSTALLER, TIMER, person, system
from backoffice.audit.recording import recorded
from backoffice.clock import now
from backoffice.exceptions import BadInput, NotAllowed, WrongState
from backoffice.models import User
from merchants.models import Membership
from refunds.batches.building import Lane, build, queued, void
from refunds.batches.files import export
from refunds.disputes import appeals, deadlines
from refunds.disputes.finality import close_final_verdicts
from refunds.models import Kind, Notice, Payout, RefundCase, RejectCode, State
from refunds.panels.disputes import to_appeal, to_decide
from refunds.payouts.queueing import retry
from refunds.workflow import perform
from tests.cast import Cast
from tests.refunds.disputes import act, appealed, dispute_of, payout_of, upheld
from tests.refunds.factories import fetch, make_case, make_order
from tests.refunds.money import answer, apply, release

pytestmark = pytest.mark.once

STANDS, OVERTURNED = "buyer", "merchant"


def do(case: RefundCase, action: str) -> str:
    return reverse("admin:refunds_refundcase_do", args=[case.pk, action])


def sealed(cast: Cast, case: RefundCase) -> RefundCase:
    build(store_id=cast.a.pk, currency="CNY", actor=person(cast.finance))
    return fetch(case)


def decide(case: RefundCase, user: User, verdict: str) -> RefundCase:
    return act(case, user, "decide_appeal", verdict=verdict, grounds="Looked at again.")


@pytest.fixture
def second(cast: Cast) -> User:
    """One more person of the platform."""
    with recorded(system(INSTALLER), "One more for a test."):
        user = User.objects.create_user("platform2")
        Membership.objects.create(user=user, role="platform")
    return user


def test_an_appeal_freezes_the_payout(client: Client, cast: Cast) -> None:
    case = upheld(cast)
    client.force_login(cast.manager)
    form = {"version": case.version, "note": "The video is of another lamp."}
    assert client.post(do(case, "appeal"), form).status_code == 302

    case, dispute, payout = fetch(case), dispute_of(case), payout_of(case)
    assert (dispute.appeal, dispute.closed_at) == ("The video is of another lamp.", None)
    assert (case.state, case.clock) == (State.REVIEWED, "arbitrate")
    assert (payout.state, payout.frozen) == ("queued", True)
    version = payout.history.latest()
    assert (version.history_user, version.action) == (cast.manager, "appeal")
    assert version.history_change_reason == "The video is of another lamp."


@pytest.mark.parametrize("words", ["", "   \n"])
def test_an_appeal_needs_words(client: Client, cast: Cast, words: str) -> None:
    case = upheld(cast)
    with pytest.raises(BadInput, match="needs words"):
        act(case, cast.manager, "appeal", words=words)
    client.force_login(cast.manager)
    assert (
        client.post(do(case, "appeal"), {"version": case.version, "note": words}).status_code == 400
    )
    assert (dispute_of(case).appealed_at, payout_of(case).frozen) == (None, False)


def test_the_window_to_appeal_is_open_until_its_very_end(cast: Cast) -> None:
    first, second = upheld(cast), upheld(cast)
    with time_machine.travel(first.due_at - timedelta(seconds=1), tick=False):
        assert act(first, cast.legal, "appeal", words="In time.").clock == "arbitrate"
    with time_machine.travel(second.due_at, tick=False), pytest.raises(WrongState):
        act(second, cast.legal, "appeal", words="Too late.")


def test_a_verdict_is_appealed_once(cast: Cast) -> None:
    with pytest.raises(WrongState):
        act(appealed(cast), cast.manager, "appeal", words="Again.")


def test_the_window_does_not_hold_the_money_up(cast: Cast) -> None:
    case = upheld(cast)
    assert list(queued(Lane(cast.a.pk, "CNY", channel="card"))) == [payout_of(case)]


def test_a_frozen_payout_is_in_no_batch(client: Client, cast: Cast) -> None:
    payout = payout_of(appealed(cast))
    with pytest.raises(WrongState, match="No payout of this store is waiting"):
        build(store_id=cast.a.pk, currency="CNY", actor=person(cast.finance))
    with pytest.raises(WrongState, match="no longer waiting"):
        build(
            store_id=cast.a.pk,
            currency="CNY",
            actor=person(cast.finance),
            payout_ids=[payout.pk],
        )
    client.force_login(cast.finance)
    text = client.get(reverse("admin:refunds_refundbatch_build")).content.decode()
    assert cast.a.name not in text.split("desk-page")[1]
    assert (
        "frozen"
        in client.get(reverse("admin:refunds_payout_change", args=[payout.pk])).content.decode()
    )


def test_the_database_keeps_a_frozen_payout_out_of_every_batch(cast: Cast) -> None:
    case = sealed(cast, upheld(cast))
    payout = payout_of(case)
    payout.frozen = True
    with (
        pytest.raises(IntegrityError, match="payout_frozen"),
        transaction.atomic(),
        recorded(system(TIMER), "A defect."),
    ):
        payout.save()


def test_money_in_a_sealed_batch_is_not_touched(client: Client, cast: Cast) -> None:
    case = sealed(cast, upheld(cast))
    case = act(case, cast.manager, "appeal", words="Wrong lamp.")
    assert not payout_of(case).frozen
    client.force_login(cast.manager)
    text = client.get(reverse("admin:refunds_refundcase_change", args=[case.pk])).content.decode()
    assert "so it is not touched" in text
    release(batch_id=payout_of(case).batch_id, actor=person(cast.checker))
    assert payout_of(case).state == "approved"


def test_a_payout_that_comes_out_of_a_void_batch_is_frozen(cast: Cast) -> None:
    case = sealed(cast, upheld(cast))
    act(case, cast.manager, "appeal", words="Wrong lamp.")
    void(batch_id=payout_of(case).batch_id, actor=person(cast.finance))
    payout = payout_of(case)
    assert (payout.batch, payout.frozen) == (None, True)


def test_a_payout_that_is_queued_again_during_an_appeal_is_frozen(cast: Cast) -> None:
    case = sealed(cast, upheld(cast))
    act(case, cast.manager, "appeal", words="Wrong lamp.")
    payout = payout_of(case)
    release(batch_id=payout.batch_id, actor=person(cast.checker))
    export(batch_id=payout.batch_id, actor=person(cast.finance), file_format="csv")
    apply(cast, payout.batch, [answer(payout, "failed", "Closed.")])
    assert retry(payout_id=payout.pk, actor=person(cast.finance)).frozen


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


def refunded(cast: Cast, case: RefundCase) -> RefundCase:
    payout = payout_of(sealed(cast, case))
    release(batch_id=payout.batch_id, actor=person(cast.checker))
    export(batch_id=payout.batch_id, actor=person(cast.finance), file_format="csv")
    apply(cast, payout.batch, [answer(Payout.objects.get(pk=payout.pk))])
    return fetch(case)


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


def test_the_verdict_of_a_refunded_case_becomes_final_too(cast: Cast) -> None:
    case = refunded(cast, upheld(cast))
    dispute = dispute_of(case)
    with time_machine.travel(dispute.appeal_until - timedelta(seconds=1), tick=False):
        assert close_final_verdicts() == 0
    with time_machine.travel(dispute.appeal_until, tick=False):
        assert (close_final_verdicts(), close_final_verdicts()) == (1, 0)
    version = dispute_of(case).history.latest()
    assert (version.actor_name, version.action) == ("timer", "let_stand")
    with pytest.raises(WrongState):
        act(case, cast.manager, "appeal", words="Too late.")


def test_an_undisputed_verdict_becomes_final(cast: Cast) -> None:
    case = upheld(cast)
    with time_machine.travel(case.due_at, tick=False):
        perform("let_stand", case_id=case.pk, actor=system(TIMER))
        case = fetch(case)
        assert (case.state, case.due_at) == (State.REVIEWED, None)
        assert dispute_of(case).closed_at is not None
        with pytest.raises(WrongState):
            act(case, cast.manager, "appeal", words="Too late.")
    assert not payout_of(case).frozen


def test_an_appeal_on_a_paid_case_has_its_deadline_and_is_told_of(
    client: Client, cast: Cast
) -> None:
    case = refunded(cast, upheld(cast))
    case = act(case, cast.manager, "appeal", words="The video is of another lamp.")
    dispute, hours = dispute_of(case), case.policy.escalate_hours
    due = deadlines.appeal_due(dispute)
    assert dispute.appealed_at is not None
    assert due == dispute.appealed_at + timedelta(hours=hours)
    told = []
    for share in (0.4, 0.5, 0.6, 0.8, 0.9, 1.0, 1.1):
        with time_machine.travel(dispute.appealed_at + share * (due - dispute.appealed_at)):
            deadlines.tell()
            deadlines.tell()
        rows = Notice.objects.filter(case=case, recipient=cast.platform).order_by("pk")
        told.append([row.kind for row in rows if row.about == f"appeal {dispute.pk}"])
    half, late, over = ["half"], ["half", "late"], ["half", "late", "escalated"]
    assert told == [[], half, half, late, late, over, over]
    client.force_login(cast.platform)
    page = client.get(reverse("admin:refunds_refundcase_change", args=[case.pk]))
    assert "To be decided by" in page.content.decode()


def test_an_appeal_with_the_platforms_clock_is_told_of_by_it(cast: Cast) -> None:
    case = appealed(cast)
    with time_machine.travel(now() + timedelta(hours=case.policy.escalate_hours + 1)):
        assert deadlines.tell() == 0
    due = deadlines.appeal_due(dispute_of(case))
    assert case.due_at is not None
    assert due is not None
    assert abs(case.due_at - due) < timedelta(minutes=1)


def test_a_decided_appeal_is_told_of_no_more(cast: Cast) -> None:
    case = refunded(cast, upheld(cast))
    case = act(case, cast.manager, "appeal", words="The video is of another lamp.")
    decide(case, cast.platform, STANDS)
    with time_machine.travel(now() + timedelta(hours=case.policy.escalate_hours + 1)):
        assert deadlines.tell() == 0
    assert deadlines.appeal_due(dispute_of(case)) is None


def test_the_appeal_that_is_due_first_is_on_top(rf: Any, cast: Cast) -> None:
    """With a clock or without: both lists are one."""
    paid = refunded(cast, upheld(cast))
    waits = appealed(cast)
    with time_machine.travel(now() + timedelta(hours=1)):
        paid = act(paid, cast.manager, "appeal", words="The video is of another lamp.")
    request = rf.get("/")
    request.user = cast.platform
    assert [row.title for row in to_decide(request).context["rows"]] == [waits.number, paid.number]
