"""A released batch leaves through its gateway: sent once, answered, and on record."""

import pytest

from refunds.gateways.working import work
from refunds.models import LedgerEntry, Payout, PayoutAttempt, RefundBatch
from tests.cast import Cast
from tests.gateways.paying import released_batch, states, work_on
from tests.gateways.provider import Provider
from tests.refunds.invariants import broken
from tests.refunds.money import rows_of

pytestmark = pytest.mark.django_db


def test_a_released_batch_is_paid_and_its_cases_are_refunded(
    cast: Cast, provider: Provider
) -> None:
    batch = released_batch(cast, "50.00", "20.00")
    done = work()

    assert (done.sent, states(batch)) == (2, ["settled", "settled"])
    assert {n: row["amount"] for n, row in provider.executed().items()} == {
        payout.number: str(payout.amount) for payout in rows_of(batch)
    }
    for payout in rows_of(batch):
        attempt = payout.attempts.get()
        assert (attempt.outcome, attempt.number, attempt.ask_at) == ("settled", payout.number, None)
        assert attempt.reference.startswith("SB-")
        assert payout.case.state == "refunded"
        kinds = (
            LedgerEntry.objects.filter(payout=payout).order_by("pk").values_list("kind", flat=True)
        )
        assert list(kinds) == ["sent", "settled"]
        told = [
            (v.state, v.action, v.actor_name, v.source)
            for v in payout.history.order_by("history_id")[3:]
        ]
        assert told == [
            ("sending", "hand_over", "gateway", "gateway"),
            ("settled", "receipt", "gateway", "gateway"),
        ]
    assert RefundBatch.objects.get(pk=batch.pk).state == "reconciled"
    assert broken() == []


def test_what_was_executed_and_lost_is_found_by_asking(cast: Cast, provider: Provider) -> None:
    batch = released_batch(cast, "50.00")
    provider.behave(lose=1)
    work()
    assert states(batch) == ["unknown"]
    work_on()
    assert states(batch) == ["settled"]
    attempt = PayoutAttempt.objects.get()
    assert attempt.asks == 1
    assert attempt.asked_at is not None
    assert broken() == []


def test_what_never_arrived_is_sent_again_under_the_same_number(
    cast: Cast, provider: Provider
) -> None:
    batch = released_batch(cast, "50.00")
    provider.behave(drop=1)
    work()
    provider.behave()
    work_on()

    payout = Payout.objects.get(batch=batch)
    first, second = payout.attempts.order_by("pk")
    assert (first.outcome, second.outcome) == ("not_found", "settled")
    assert first.number == second.number == payout.number
    assert list(provider.executed()) == [payout.number]
    assert payout.state == "settled"
    assert broken() == []
