"""A refusal goes to the platform: the claim, the verdict, who bears it, and by when."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from backoffice.actors import TIMER, system
from backoffice.audit.recording import recorded
from backoffice.clock import now
from backoffice.exceptions import BadInput, NotAllowed, NotFound, WrongState
from refunds.disputes.verdicts import by_reason
from refunds.models import Dispute, Notice, Reason, RefundCase, State
from refunds.sweep import expire_deadlines
from tests.cast import Cast
from tests.personal import plain
from tests.refunds.disputes import act, dispute_of, disputed, payout_of, rejected, upheld
from tests.refunds.factories import fetch


def do(case: RefundCase, action: str) -> str:
    return reverse("admin:refunds_refundcase_do", args=[case.pk, action])


def page(case: RefundCase) -> str:
    return reverse("admin:refunds_refundcase_change", args=[case.pk])


def test_an_escalation_opens_a_dispute_with_the_buyers_claim(client: Client, cast: Cast) -> None:
    case = rejected(cast)
    client.force_login(cast.staff)
    form = {"version": case.version, "note": "The lamp never worked."}
    assert client.post(do(case, "escalate"), form).status_code == 302

    case, dispute = fetch(case), dispute_of(case)
    assert (case.state, case.clock) == (State.DISPUTED, "arbitrate")
    assert (plain(dispute.claim), dispute.verdict, dispute.closed_at) == (
        "The lamp never worked.",
        "",
        None,
    )
    for version in (case.history.latest(), dispute.history.get()):
        assert version.history_user == cast.staff
        assert plain(version.history_change_reason) == "The lamp never worked."


def test_an_escalation_without_words_is_refused(client: Client, cast: Cast) -> None:
    case = rejected(cast)
    client.force_login(cast.staff)
    assert (
        client.post(do(case, "escalate"), {"version": case.version, "note": " "}).status_code == 400
    )
    assert not Dispute.objects.exists()


def test_the_window_to_escalate_is_open_until_its_very_end(cast: Cast) -> None:
    first, second = rejected(cast), rejected(cast)
    with time_machine.travel(first.due_at - timedelta(seconds=1), tick=False):
        assert act(first, cast.staff, "escalate", claim="Still in time.").state == State.DISPUTED
    with time_machine.travel(second.due_at, tick=False), pytest.raises(WrongState):
        act(second, cast.staff, "escalate", claim="Too late.")


def test_the_platform_has_as_long_as_the_buyer_had_and_no_timer_decides(cast: Cast) -> None:
    case = disputed(cast)
    assert case.due_at - now() == pytest.approx(
        timedelta(hours=case.policy.escalate_hours), abs=timedelta(minutes=1)
    )
    with time_machine.travel(case.due_at + timedelta(days=1)):
        expire_deadlines()
        assert fetch(case).state == State.DISPUTED
        assert (
            act(case, cast.platform, "dismiss", grounds="Late, but decided.").state
            == State.REJECTED
        )


def test_a_verdict_for_the_buyer_names_amount_bearer_and_grounds(
    client: Client, cast: Cast
) -> None:
    case = disputed(cast)
    client.force_login(cast.platform)
    form = {
        "version": case.version,
        "amount": "30.00",
        "liable": "carrier",
        "note": "The parcel was wet.",
    }
    assert client.post(do(case, "uphold"), form).status_code == 302

    case, dispute = fetch(case), dispute_of(case)
    assert (case.state, case.amount_approved) == (State.REVIEWED, Decimal("30.00"))
    assert (case.decided_by, case.bearer, case.clock) == ("platform", "carrier", "appeal")
    assert (dispute.verdict, dispute.liable, dispute.grounds) == (
        "buyer",
        "carrier",
        "The parcel was wet.",
    )
    assert dispute.appeal_until == case.due_at
    assert [v.action for v in dispute.history.order_by("history_id")] == ["escalate", "uphold"]
    assert (payout_of(case).amount, payout_of(case).frozen) == (Decimal("30.00"), False)
    version = dispute.history.latest()
    assert (version.history_user, version.history_change_reason) == (
        cast.platform,
        "The parcel was wet.",
    )


@pytest.mark.parametrize(
    ("reason", "bearer"), [("C01", "store"), ("Q01", "supplier"), ("L01", "carrier")]
)
def test_the_reason_proposes_who_bears_it(cast: Cast, reason: str, bearer: str) -> None:
    assert by_reason(Reason.objects.get(code=reason)) == bearer


def test_the_buyer_never_bears_what_the_buyer_gets_back(client: Client, cast: Cast) -> None:
    case = disputed(cast)
    with pytest.raises(BadInput, match="cannot bear"):
        act(case, cast.platform, "uphold", liable="buyer", grounds="Odd.")
    with pytest.raises(BadInput, match="Say who is liable"):
        act(case, cast.platform, "uphold", liable="reason", grounds="Odd.")
    client.force_login(cast.platform)
    form = {"version": case.version, "amount": "50.00", "liable": "buyer", "note": "Odd."}
    assert client.post(do(case, "uphold"), form).status_code == 400
    assert (fetch(case).state, dispute_of(case).verdict) == (State.DISPUTED, "")


def test_a_dismissed_case_stays_rejected_for_good(cast: Cast) -> None:
    case = act(disputed(cast), cast.platform, "dismiss", grounds="The window was over.")
    dispute = dispute_of(case)
    assert (case.state, case.due_at, case.bearer) == (State.REJECTED, None, "buyer")
    assert dispute.verdict == "merchant"
    assert case.closed_at == dispute.closed_at is not None
    with pytest.raises(WrongState):
        act(case, cast.staff, "escalate", claim="Again.")
    with recorded(system(TIMER), "As if a new window had opened."):
        case.clock, case.due_at = "escalate", now() + timedelta(days=1)
        case.save()
    with pytest.raises(WrongState):
        act(case, cast.staff, "escalate", claim="And again.")
    assert Dispute.objects.count() == 1


@pytest.mark.parametrize("action", ["uphold", "dismiss"])
def test_nobody_but_the_platform_gives_a_verdict(client: Client, cast: Cast, action: str) -> None:
    case = disputed(cast)
    for user in (cast.staff, cast.manager, cast.legal, cast.auditor):
        with pytest.raises(NotAllowed):
            act(case, user, action, grounds="For us.")
        client.force_login(user)
        assert client.post(do(case, action), {"version": case.version}).status_code == 403
    with pytest.raises(NotFound):
        act(case, cast.staff2, action, grounds="For them.")
    assert dispute_of(case).verdict == ""


def test_a_case_has_one_open_dispute(cast: Cast) -> None:
    case = disputed(cast)
    with (
        pytest.raises(IntegrityError, match=r"dispute_one_open_per_case|UNIQUE"),
        transaction.atomic(),
        recorded(system(TIMER), "A defect."),
    ):
        Dispute.objects.create(case=case, claim="Twice.", opened_at=now())


def test_those_who_could_appeal_and_the_assignee_hear_of_the_verdict(cast: Cast) -> None:
    case = upheld(cast)
    told = Notice.objects.filter(case=case, kind=Notice.Kind.VERDICT)
    names = set(told.values_list("recipient__username", flat=True))
    assert names == {"supervisor", "manager", "manager2", "legal"}


def test_the_page_tells_the_dispute_to_both_sides(client: Client, cast: Cast) -> None:
    case = upheld(cast)
    for user in (cast.staff, cast.platform):
        client.force_login(user)
        text = client.get(page(case)).content.decode()
        for words in (
            "The lamp never worked.",
            "The video shows it.",
            "for the buyer",
            "may be appealed",
        ):
            assert words in text, (user, words)
    assert "Until then the merchant may appeal" in text
    client.force_login(cast.staff2)
    assert client.get(page(case)).status_code == 404


def test_words_are_shown_and_never_run(client: Client, cast: Cast) -> None:
    evil = "<script>alert(1)</script><a href='javascript:x'>{{ 7|add:7 }}</a>"
    case = act(rejected(cast), cast.staff, "escalate", claim=evil, note=evil)
    client.force_login(cast.platform)
    text = client.get(page(case)).content.decode()
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert "javascript:x&#x27;&gt;{{ 7|add:7 }}" in text


def test_the_platform_sees_what_it_has_to_decide_with_its_clock(client: Client, cast: Cast) -> None:
    case = disputed(cast)
    client.force_login(cast.platform)
    text = client.get(reverse("admin:index")).content.decode()
    assert "Disputes to decide" in text
    assert case.number in text
    client.force_login(cast.staff)
    assert "Disputes to decide" not in client.get(reverse("admin:index")).content.decode()
