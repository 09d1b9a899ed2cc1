"""Where providers call: signed, once, and never backwards."""

import json
import time
from typing import Any

import pytest
from django.test import Client

from refunds.gateways.sandbox.webhooks import signature
from refunds.gateways.working import work
from refunds.models import GatewayNotice, Payout, PayoutAttempt
from tests.cast import Cast
from tests.gateways.paying import released_batch, states, work_on
from tests.gateways.provider import KEY, Provider
from tests.refunds.invariants import broken

pytestmark = pytest.mark.django_db


def call(told: dict[str, Any] | bytes, *, key: str = KEY, at: float | None = None) -> Any:
    """A sandbox's call, with the signature that it would have."""
    body = told if isinstance(told, bytes) else json.dumps(told).encode()
    mark = signature(key, body, int(at or time.time()))
    return Client(enforce_csrf_checks=True).post(
        "/hooks/sandbox/",
        body,
        content_type="application/json",
        headers={"Sandbox-Signature": mark},
    )


def event(payout: Payout, status: str = "settled", name: str = "evt_1") -> dict[str, str]:
    return {"event": name, "number": payout.number, "status": status}


def test_a_notice_has_its_payout_asked_about_at_once(cast: Cast, provider: Provider) -> None:
    batch = released_batch(cast, "50.00")
    provider.behave(lose=1)
    work()
    payout = Payout.objects.get(batch=batch)
    assert (call(event(payout)).status_code, payout.state) == (200, "unknown")
    work()
    assert states(batch) == ["settled"]
    kept = GatewayNotice.objects.get()
    assert (kept.payout, kept.status, kept.history.get().actor_name) == (
        payout,
        "settled",
        "gateway",
    )
    assert broken() == []


def test_the_same_event_counts_once(cast: Cast, provider: Provider) -> None:
    batch = released_batch(cast, "50.00")
    provider.behave(lose=1)
    work()
    payout = Payout.objects.get(batch=batch)
    assert [call(event(payout)).status_code for _time in range(3)] == [200, 200, 200]
    assert GatewayNotice.objects.count() == 1
    assert PayoutAttempt.objects.get().history.filter(action="ask_sooner").count() == 1


def test_a_late_or_lying_notice_moves_nothing_backwards(cast: Cast, provider: Provider) -> None:
    batch = released_batch(cast, "50.00")
    work()
    payout = Payout.objects.get(batch=batch)
    before = payout.history.count()
    for number, status in enumerate(("pending", "refused", "settled")):
        assert call(event(payout, status, f"evt_{number}")).status_code == 200
        work_on(hours=1)
    assert states(batch) == ["settled"]
    assert payout.history.count() == before
    assert broken() == []


def test_money_that_came_back_after_it_was_paid_opens_its_case_again(
    cast: Cast, provider: Provider
) -> None:
    batch = released_batch(cast, "50.00")
    work()
    payout = Payout.objects.get(batch=batch)
    provider.ask("/admin/bounce", "POST", {"number": payout.number})
    work()
    assert states(batch) == ["settled"]
    call(event(payout, "refused", "evt_bounced"))
    work()
    payout = Payout.objects.get(pk=payout.pk)
    assert (payout.state, payout.bank_reason, payout.case.state) == (
        "returned",
        "The buyer's bank sent it back.",
        "reviewed",
    )
    call(event(payout, "refused", "evt_bounced_again"))
    work()
    assert payout.history.filter(state="returned").count() == 1
    assert broken() == []


def test_bad_news_is_asked_for_until_it_is_heard(cast: Cast, provider: Provider) -> None:
    batch = released_batch(cast, "50.00")
    work()
    payout = Payout.objects.get(batch=batch)
    provider.ask("/admin/bounce", "POST", {"number": payout.number})
    call(event(payout, "refused", "evt_bounced"))
    provider.stop()
    work()
    attempt = PayoutAttempt.objects.get()
    assert (states(batch), attempt.outcome) == (["settled"], "no_answer")
    assert attempt.ask_at is not None
    provider.start()
    work_on(hours=1)
    assert states(batch) == ["returned"]
    assert PayoutAttempt.objects.get().ask_at is None


def test_what_the_notice_says_is_not_believed_before_the_provider_was_asked(
    cast: Cast, provider: Provider
) -> None:
    batch = released_batch(cast, "50.00")
    provider.behave(late=1, settle_after=3600)
    work()
    call(event(Payout.objects.get(batch=batch), "settled"))
    work()
    assert states(batch) == ["sent"]


def test_a_number_that_is_not_ours_is_kept_and_not_wanted_again(
    cast: Cast, provider: Provider
) -> None:
    answer = call({"event": "evt_1", "number": "PO-00000-00000", "status": "settled"})
    assert answer.status_code == 404
    kept = GatewayNotice.objects.get()
    assert (kept.number, kept.payout) == ("PO-00000-00000", None)


def test_what_is_forged_old_or_nonsense_is_refused_and_leaves_nothing(
    cast: Cast, provider: Provider
) -> None:
    payout = Payout.objects.get(batch=released_batch(cast, "50.00"))
    answers = [
        call(event(payout), key="another key"),
        call(event(payout), at=time.time() - 3600),
        call(b"not json"),
        call(b'{"event": 1}'),
        Client().post("/hooks/sandbox/", b"{}", content_type="application/json"),
        Client().post("/hooks/stripe/", b"{}", content_type="application/json"),
    ]
    assert [answer.status_code for answer in answers] == [400] * 6
    assert all(b"not signed" in answer.content for answer in answers)
    assert call(b"x" * 70_000).status_code == 413
    assert Client().post("/hooks/nobody/").status_code == 404
    assert Client().get("/hooks/sandbox/").status_code == 405
    assert GatewayNotice.objects.count() == 0
