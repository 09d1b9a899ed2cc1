"""Whatever the provider does: nothing is lost, nothing is doubled, and a person can see where it is."""

import io
from typing import Any

import pytest
import time_machine
from django.db import models
from django.test import Client
from django.urls import reverse

from backoffice import clock
from backoffice.actors import INSTALLER, person, system
from backoffice.audit.recording import recorded
from backoffice.exceptions import NotAllowed, NotFound, WrongState
from refunds.batches.building import build
from refunds.batches.files import export
from refunds.gateways.asking import ask_now
from refunds.gateways.protocol import Receipt, Status
from refunds.gateways.recording import record
from refunds.gateways.sending import begin_batches, claim
from refunds.gateways.working import anything_to_do, look_for_work, work, work_for_a_while
from refunds.models import Notice, Payout, PayoutAttempt, PayoutGateway, RefundBatch
from refunds.payouts.queueing import retry
from refunds.results import bring_result
from tests.cast import Cast
from tests.flushing import rewrite
from tests.gateways.paying import open_gateway, released_batch, states, work_on
from tests.gateways.provider import Provider
from tests.refunds.invariants import broken
from tests.refunds.money import answer, csv_of, queue_payouts, step

pytestmark = [pytest.mark.once, pytest.mark.django_db]

TROUBLES: dict[str, dict[str, Any]] = {
    "nothing": {},
    "closed before it was executed": {"drop": 1},
    "closed after it was executed": {"lose": 1},
    "executed after the connection was closed": {"stray": 1, "execute_after": 2},
    "answered with garbage": {"garbage": 1},
    "answered 500 again and again": {"broken": 1},
    "too many at once": {"busy": 1},
    "paid later": {"late": 1, "settle_after": 1},
    "silent for longer than anybody waits": {"lose": 1, "hang": 3},
}


@pytest.mark.parametrize("trouble", TROUBLES)
def test_every_trouble_ends_with_one_payment_that_both_sides_know(
    cast: Cast, provider: Provider, settings: Any, trouble: str
) -> None:
    settings.GATEWAY_TIMEOUT = 1
    batch = released_batch(cast, "50.00")
    provider.behave(**TROUBLES[trouble])
    work()
    first = states(batch)
    provider.behave()
    provider.wait_until_settled()
    work_on()
    payout = Payout.objects.get(batch=batch)
    assert (payout.state, payout.case.state) == ("settled", "refunded")
    assert {n: row["status"] for n, row in provider.executed().items()} == {
        payout.number: "settled"
    }
    assert {attempt.number for attempt in payout.attempts.all()} == {payout.number}
    assert first == (
        ["settled"]
        if trouble == "nothing"
        else ["sent"]
        if trouble == "paid later"
        else ["unknown"]
    )
    assert RefundBatch.objects.get(pk=batch.pk).state == "reconciled"
    assert not anything_to_do()
    assert broken() == []


def test_a_refusal_is_definite_and_a_second_try_has_a_number_of_its_own(
    cast: Cast, provider: Provider
) -> None:
    batch = released_batch(cast, "50.00")
    provider.behave(refuse=1)
    work()
    payout = Payout.objects.get(batch=batch)
    assert (payout.state, payout.bank_reason) == ("failed", "The buyer's account is closed.")
    assert payout.case.state == "reviewed"
    assert RefundBatch.objects.get(pk=batch.pk).state == "reconciled"
    fresh = retry(payout_id=payout.pk, actor=person(cast.finance))
    assert fresh.number != payout.number
    assert broken() == []


def test_not_found_counts_only_once_the_window_is_over(cast: Cast, provider: Provider) -> None:
    batch = released_batch(cast, "50.00")
    provider.behave(drop=1)
    payout = Payout.objects.get(batch=batch)
    with time_machine.travel(clock.now(), tick=False):
        work()
        ask_now(payout_id=payout.pk, actor=person(cast.finance))
    attempt = payout.attempts.get()
    assert (attempt.outcome, states(batch)) == ("not_found", ["unknown"])


def test_another_amount_is_never_taken_for_ours(cast: Cast, provider: Provider) -> None:
    batch = released_batch(cast, "50.00")
    payout = Payout.objects.get(batch=batch)
    wrong = {"number": payout.number, "payment": "P", "amount": "5.00", "currency": "CNY"}
    provider.ask("/v1/refunds", "POST", wrong)
    work_on(hours=1)
    assert states(batch) == ["unknown"]
    assert payout.attempts.get().outcome == "differs"
    assert len(provider.executed()) == 1
    check_that_finance_is_told(cast, payout, "Another amount")


def check_that_finance_is_told(cast: Cast, payout: Payout, words: str) -> None:
    """Once, by a notice; and on the home page and the payout's own, as long as it stands."""
    told = Notice.objects.filter(kind="odd", case=payout.case)
    assert [row.recipient for row in told] == [cast.finance]
    client = Client()
    client.force_login(cast.finance)
    home = client.get(reverse("admin:index")).content.decode()
    assert "Answers of providers that need a person" in home
    assert payout.number in home
    assert words in home
    client.force_login(cast.staff2)
    assert payout.number not in client.get(reverse("admin:index")).content.decode()


def test_what_is_stuck_at_the_provider_is_told_once_and_asked_for_until_it_is_cleared(
    cast: Cast, provider: Provider
) -> None:
    batch = released_batch(cast, "50.00")
    provider.behave(late=1, settle_after=3600)
    work()
    attempt = PayoutAttempt.objects.get()
    for _answer in range(2):
        record(attempt.pk, Receipt(Status.STUCK, reason="ABNORMAL"))
    assert states(batch) == ["sent"]
    payout = Payout.objects.get(batch=batch)
    check_that_finance_is_told(cast, payout, "Stuck at the provider")
    assert PayoutAttempt.objects.get().ask_at is not None
    record(attempt.pk, Receipt(Status.SETTLED))
    assert states(batch) == ["settled"]
    client = Client()
    client.force_login(cast.finance)
    assert "that need a person" not in client.get(reverse("admin:index")).content.decode()


def test_contradicting_answers_afterwards_are_noted_and_move_nothing(
    cast: Cast, provider: Provider
) -> None:
    batch = released_batch(cast, "50.00")
    work()
    attempt = PayoutAttempt.objects.get()
    for status in (Status.REFUSED, Status.PENDING, Status.NOT_FOUND, Status.SETTLED):
        record(attempt.pk, Receipt(status))
        assert states(batch) == ["settled"]
    assert broken() == []


def test_a_paused_gateway_sends_nothing_and_still_asks(cast: Cast, provider: Provider) -> None:
    lost = released_batch(cast, "50.00")
    provider.behave(lose=1)
    work()
    batch = released_batch(cast, "20.00")
    begin_batches()
    gateway = PayoutGateway.objects.get()
    with recorded(system(INSTALLER), "Stop."):
        gateway.paused = True
        gateway.save()
    assert claim(gateway) is None
    work_on()
    assert (states(lost), states(batch)) == (["settled"], ["approved"])
    assert len(provider.executed()) == 1
    with recorded(system(INSTALLER), "Go on."):
        gateway.paused = False
        gateway.save()
    provider.behave()
    work()
    assert states(batch) == ["settled"]


def test_a_gateway_sends_so_many_a_minute_and_backs_off_when_told_to(
    cast: Cast, provider: Provider
) -> None:
    open_gateway(cast.a, per_minute=2)
    batch = released_batch(cast, "1.00", "2.00", "3.00")
    work()
    assert states(batch) == ["settled", "settled", "approved"]
    provider.behave(busy=1)
    work_on(hours=0.5, step=30)
    assert PayoutAttempt.objects.filter(outcome="busy").exists()
    assert claimed_now() is None
    provider.behave()
    work_on()
    assert states(batch) == ["settled", "settled", "settled"]


def claimed_now() -> Any:
    """What a worker would take at this moment."""
    work()
    return PayoutAttempt.objects.filter(outcome="calling").first()


def test_a_batch_that_was_tampered_with_is_not_sent(cast: Cast, provider: Provider) -> None:
    batch = released_batch(cast, "50.00")
    rewrite(models.QuerySet(Payout).filter(batch=batch), amount="49.00")
    work()
    assert (states(batch), provider.executed()) == (["approved"], {})


def test_a_gateway_batch_has_no_file_and_no_bank_result(cast: Cast, provider: Provider) -> None:
    batch = released_batch(cast, "50.00")
    with pytest.raises(WrongState, match="through a gateway"):
        export(batch_id=batch.pk, actor=person(cast.finance), file_format="csv")
    work()
    with pytest.raises(WrongState, match="through a gateway"):
        bring_result(
            batch_id=batch.pk, file=io.BytesIO(b"x"), name="x.csv", actor=person(cast.finance)
        )


def test_a_bank_s_file_says_nothing_about_what_a_gateway_sends(
    cast: Cast, provider: Provider
) -> None:
    batch = released_batch(cast, "50.00")
    provider.behave(lose=1)
    work()
    file = csv_of([answer(Payout.objects.get(batch=batch))])
    run = bring_result(
        store_id=cast.a.pk, file=io.BytesIO(file), name="x.csv", actor=person(cast.finance)
    )
    messages = [problem.message for problem in step(run).problems.all()]
    assert any("no bank answers about it" in message for message in messages)
    assert states(batch) == ["unknown"]


def test_a_tick_wakes_a_worker_while_there_is_anything_to_do(
    cast: Cast, provider: Provider
) -> None:
    assert not look_for_work()
    batch = released_batch(cast, "50.00")
    assert look_for_work()
    work_for_a_while()
    assert states(batch) == ["settled"]
    assert not look_for_work()


def test_a_store_without_a_gateway_in_use_hands_out_files(cast: Cast) -> None:
    open_gateway(cast.a, in_use=False)
    open_gateway(cast.a2)
    queue_payouts(cast.a, cast.staff, "1.00")
    batch = build(store_id=cast.a.pk, currency="CNY", actor=person(cast.finance))
    assert batch.gateway is None


def test_only_who_may_has_the_provider_asked_and_not_all_the_time(
    cast: Cast, provider: Provider
) -> None:
    payout = Payout.objects.get(batch=released_batch(cast, "50.00"))
    with pytest.raises(WrongState, match="nothing to ask"):
        ask_now(payout_id=payout.pk, actor=person(cast.finance))
    begin_batches()
    claim(PayoutGateway.objects.get())
    with pytest.raises(WrongState, match="at this moment"):
        ask_now(payout_id=payout.pk, actor=person(cast.finance))
    record(PayoutAttempt.objects.get().pk, Receipt(Status.NO_ANSWER))
    with pytest.raises(NotAllowed):
        ask_now(payout_id=payout.pk, actor=person(cast.staff))
    with pytest.raises(NotFound):
        ask_now(payout_id=payout.pk, actor=person(cast.staff2))
    ask_now(payout_id=payout.pk, actor=person(cast.finance))
    asked = PayoutAttempt.objects.get().history.filter(action="ask").get()
    assert (asked.history_user, asked.asks) == (cast.finance, 1)
    with pytest.raises(WrongState, match="a moment ago"):
        ask_now(payout_id=payout.pk, actor=person(cast.finance))
