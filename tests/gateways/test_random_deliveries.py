"""Whatever is delivered one to five times, in whatever order: the same end."""

import json
import os
import time
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backoffice.actors import person
from refunds.batches.building import build
from refunds.gateways.protocol import Receipt, Status
from refunds.gateways.recording import record
from refunds.gateways.sandbox.webhooks import signature
from refunds.gateways.working import work, work_for_a_while
from refunds.models import GatewayNotice, LedgerEntry, Payout, RefundBatch
from refunds.payouts.queueing import retry
from tests.cast import Cast
from tests.gateways.paying import released_batch, work_on
from tests.gateways.provider import KEY, Provider
from tests.personal import plain
from tests.refunds.invariants import broken
from tests.refunds.money import release

EXAMPLES = int(os.environ.get("SOAK_EXAMPLES", "3"))
PRICES = ("50.00", "20.00")
STALE = (Status.PENDING, Status.NO_ANSWER, Status.NOT_FOUND)
NOTICES = st.tuples(
    st.just("notice"), st.integers(0, 1), st.sampled_from(["pending", "settled", "refused"])
)
TASKS = st.tuples(st.just("task"), st.just(0), st.just(""))
ANSWERS = st.tuples(st.just("answer"), st.integers(0, 1), st.sampled_from([*STALE]))
DELIVERIES = st.lists(
    st.tuples(st.one_of(NOTICES, TASKS, ANSWERS), st.integers(1, 5)), min_size=3, max_size=5
).flatmap(lambda sent: st.permutations([what for what, times in sent for _time in range(times)]))


def deliver(batch: RefundBatch, what: tuple[str, int, str]) -> None:
    """One delivery: a provider's notice, a worker's turn, or an answer that was long on its way."""
    kind, place, status = what
    payout = batch.payouts.order_by("pk")[place]
    if kind == "task":
        work_for_a_while()
    elif kind == "notice":
        notice(payout, status)
    elif (attempt := payout.attempts.order_by("pk").first()) is not None:
        record(attempt.pk, Receipt(Status(status)))


def notice(payout: Payout, status: str) -> None:
    told = {"event": f"evt_{payout.number}_{status}", "number": payout.number, "status": status}
    body = json.dumps(told).encode()
    mark = signature(KEY, body, int(time.time()))
    answer = Client().post(
        "/hooks/sandbox/",
        body,
        content_type="application/json",
        headers={"Sandbox-Signature": mark},
    )
    assert answer.status_code in (200, 404)  # 404: it was not sent yet


def end(batch: RefundBatch) -> list[Any]:
    """How it ended, whatever the way."""
    rows = batch.payouts.order_by("pk")
    return [
        [(row.amount, row.state, row.case.state) for row in rows.select_related("case")],
        sorted(LedgerEntry.objects.filter(payout__batch=batch).values_list("payout", "kind")),
        RefundBatch.objects.get(pk=batch.pk).state,
    ]


@pytest.mark.once
@pytest.mark.django_db
def test_deliveries_in_any_order_and_number_end_alike(cast: Cast, provider: Provider) -> None:
    @settings(
        max_examples=EXAMPLES, deadline=None, database=None,
        derandomize="SOAK_EXAMPLES" not in os.environ,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(DELIVERIES)
    def try_it(deliveries: list[tuple[str, int, str]]) -> None:
        with transaction.atomic():
            check(cast, provider, deliveries)
            transaction.set_rollback(True)

    try_it()


def check(cast: Cast, provider: Provider, deliveries: list[tuple[str, int, str]]) -> None:
    batch = released_batch(cast, *PRICES)
    provider.behave(seed=len(deliveries), lose=0.4, drop=0.2, garbage=0.2)
    work()
    for what in deliveries:
        deliver(batch, what)
    provider.behave()
    work_on()
    payouts, _entries, state = end(batch)
    assert [found[1:] for found in payouts] == [("settled", "refunded")] * 2
    assert state == "reconciled"
    executed = provider.executed()
    ours = {plain(row.destination): row.number for row in batch.payouts.all()}
    paid = [row for row in executed.values() if row["payment"] in ours]
    assert sorted(row["number"] for row in paid) == sorted(ours.values())
    events = GatewayNotice.objects.values_list("event", flat=True)
    assert len(events) == len(set(events))
    before = end(batch)
    for what in deliveries:
        deliver(batch, what)
    work_on(hours=1)
    assert end(batch) == before
    assert broken() == []


BOUNCES = st.lists(
    st.tuples(st.one_of(NOTICES, TASKS), st.integers(1, 5)), min_size=2, max_size=4
).flatmap(lambda sent: st.permutations([what for what, times in sent for _time in range(times)]))


@pytest.mark.once
@pytest.mark.django_db
def test_late_notices_of_what_came_back_and_was_paid_again_end_alike(
    cast: Cast, provider: Provider
) -> None:
    @settings(
        max_examples=EXAMPLES, deadline=None, database=None,
        derandomize="SOAK_EXAMPLES" not in os.environ,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(BOUNCES, BOUNCES)
    def try_it(early: list[tuple[str, int, str]], late: list[tuple[str, int, str]]) -> None:
        with transaction.atomic():
            check_bounce(cast, provider, early, late)
            transaction.set_rollback(True)

    try_it()


def check_bounce(
    cast: Cast,
    provider: Provider,
    early: list[tuple[str, int, str]],
    late: list[tuple[str, int, str]],
) -> None:
    """Two are paid, one comes back, its case is paid again; notices of then and now come all the time."""
    batch = released_batch(cast, *PRICES)
    provider.behave()
    work()
    back, kept = batch.payouts.order_by("pk")
    provider.ask("/admin/bounce", "POST", {"number": back.number})
    for what in early:
        deliver(batch, what)
    notice(back, "refused")
    work()
    assert Payout.objects.get(pk=back.pk).state == "returned"
    new = retry(payout_id=back.pk, actor=person(cast.finance))
    again = build(store_id=cast.a.pk, currency="CNY", actor=person(cast.finance))
    release(batch_id=again.pk, actor=person(cast.checker))
    for what in late:
        deliver(batch, what)
    work_on(hours=1)
    ended = [end(batch), end(again)]
    states = dict(Payout.objects.values_list("number", "state"))
    assert [states[row.number] for row in (back, kept, new)] == ["returned", "settled", "settled"]
    assert {row.case.state for row in batch.payouts.all()} == {"refunded"}
    kinds = LedgerEntry.objects.filter(payout=back).order_by("pk").values_list("kind", flat=True)
    assert list(kinds) == ["sent", "settled", "returned"]
    ours = {row.payment_id for row in (back, kept, new)}
    paid = [row for row in provider.executed().values() if row["number"] in states]
    assert sorted(row["number"] for row in paid) == sorted(states)
    assert len(ours) == 2
    for what in (*late, *early):
        deliver(batch, what)
    work_on(hours=1)
    assert [end(batch), end(again)] == ended
    assert broken() == []
