"""Stripe's adapter against a server that keeps idempotency keys as Stripe does."""

import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import RequestFactory
from stripe import StripeError

from refunds.gateways.accounts import Account
from refunds.gateways.adapters.stripe import Stripe
from refunds.gateways.protocol import BadSignature, Intent, Lister, Notice, Status
from refunds.gateways.sending import no_answer
from tests.gateways.servers import Answer, Asked, serving

pytestmark = pytest.mark.once
SECRET = "whsec_of_the_tests"
INTENT = Intent("PO-00000-00001", "pi_1", Decimal("12.50"), "EUR", Decimal("50.00"))


class FakeStripe:
    """Refunds by payment, answers by idempotency key – a 500 is remembered, too."""

    def __init__(self) -> None:
        self.refunds: list[dict[str, Any]] = []
        self.answers: dict[str, Answer] = {}
        self.next: list[Answer] = []
        self.status, self.currency = "succeeded", "eur"
        self.loses = False
        self.movements: list[dict[str, Any]] = []

    def __call__(self, asked: Asked) -> Answer:
        if asked.headers["Authorization"] != "Bearer sk_test_1":
            return self._error(401, "invalid_request_error", "")
        if asked.path.startswith("/v1/balance_transactions?"):
            return self._balance(parse_qs(urlsplit(asked.path).query))
        if asked.method == "GET":
            return self._list(parse_qs(urlsplit(asked.path).query))
        key = asked.headers["Idempotency-Key"]
        if key not in self.answers:
            self.answers[key] = self.next.pop() if self.next else self._make(asked.body.decode())
        if self.loses:
            return Answer(body=None)
        return self.answers[key]

    def _make(self, body: str) -> Answer:
        given = {name: value for name, (value,) in parse_qs(body).items()}
        if given["payment_intent"] != "pi_1":
            return self._error(404, "invalid_request_error", "resource_missing")
        made = {
            "id": f"re_{len(self.refunds)}", "object": "refund", "amount": int(given["amount"]),
            "currency": self.currency, "status": self.status,
            "metadata": {"payout": given["metadata[payout]"]},
            "payment_intent": "pi_1",
        }  # fmt: skip
        self.refunds.append(made)
        return Answer(body=json.dumps(made).encode())

    def _list(self, query: dict[str, list[str]]) -> Answer:
        if query["payment_intent"] != ["pi_1"]:
            return self._error(404, "invalid_request_error", "resource_missing")
        after = (
            [r["id"] for r in self.refunds].index(query["starting_after"][0]) + 1
            if "starting_after" in query
            else 0
        )
        page = self.refunds[after : after + 1]
        told = {
            "object": "list", "url": "/v1/refunds", "data": page,
            "has_more": after + 1 < len(self.refunds),
        }  # fmt: skip
        return Answer(body=json.dumps(told).encode())

    def _balance(self, query: dict[str, list[str]]) -> Answer:
        """The account's own list, one movement a page; sources are there only if they were asked for."""
        assert query["expand[0]"] == ["data.source"]
        since, until = (int(query[f"created[{name}]"][0]) for name in ("gte", "lt"))
        rows = [row for row in self.movements if since <= row["created"] < until]
        after = [row["id"] for row in rows].index(query["starting_after"][0]) + 1 if "starting_after" in query else 0  # fmt: skip
        told = {
            "object": "list", "url": "/v1/balance_transactions", "data": rows[after : after + 1],
            "has_more": after + 1 < len(rows),
        }  # fmt: skip
        return Answer(body=json.dumps(told).encode())

    def move(self, kind: str, at: int, source: dict[str, Any], amount: int = 0) -> None:
        """Something moved on the balance, which is in another money than the buyer's."""
        self.movements.append({
            "id": f"txn_{len(self.movements)}", "object": "balance_transaction", "type": kind,
            "created": at, "amount": amount, "currency": "usd", "source": source,
        })  # fmt: skip

    @staticmethod
    def _error(status: int, kind: str, code: str) -> Answer:
        error = {"error": {"type": kind, "code": code, "message": "No such payment."}}
        return Answer(status, json.dumps(error).encode())


@pytest.fixture
def fake() -> Iterator[tuple[FakeStripe, Stripe]]:
    server = FakeStripe()
    with serving(server) as url:
        keys = {"API_KEY": "sk_test_1", "WEBHOOK_SECRET": SECRET, "URL": url}
        yield server, Stripe(Account("stripe", "main", keys))


@pytest.mark.parametrize(
    ("currency", "amount", "counted"),
    [
        ("EUR", "12.50", 1250),
        ("JPY", "1250", 1250),
        ("KWD", "1.25", 1250),
        ("UGX", "1250", 125000),  # has no cents, and is counted in them all the same
        ("ISK", "1250", 125000),
        ("RSD", "1250", 125000),
        ("MGA", "1250", 1250),
    ],
)
def test_amounts_are_counted_as_stripe_counts_them(
    fake: tuple[FakeStripe, Stripe], currency: str, amount: str, counted: int
) -> None:
    server, stripe = fake
    server.currency = currency.lower()
    receipt = stripe.refund(replace(INTENT, amount=Decimal(amount), currency=currency))
    assert [made["amount"] for made in server.refunds] == [counted]
    assert (receipt.amount, receipt.currency) == (Decimal(amount), currency)


def test_a_refund_is_made_once_per_number(fake: tuple[FakeStripe, Stripe]) -> None:
    server, stripe = fake
    first, second = stripe.refund(INTENT), stripe.refund(INTENT)
    assert first == second
    assert (first.status, first.reference, first.amount, first.currency) == (
        Status.SETTLED,
        "re_0",
        Decimal("12.50"),
        "EUR",
    )
    assert [refund["amount"] for refund in server.refunds] == [1250]


def test_a_lost_answer_is_found_among_the_payment_s_refunds(
    fake: tuple[FakeStripe, Stripe],
) -> None:
    server, stripe = fake
    other = Intent("PO-00000-00002", "pi_1", Decimal("1.00"), "EUR", Decimal("50.00"))
    stripe.refund(other)
    assert stripe.query(INTENT).status == Status.NOT_FOUND
    server.loses = True
    assert stripe.refund(INTENT).status == Status.NO_ANSWER
    assert (stripe.query(INTENT).status, stripe.query(INTENT).reference) == (Status.SETTLED, "re_1")


@pytest.mark.parametrize(
    ("status", "means"),
    [
        ("pending", Status.PENDING),
        ("requires_action", Status.PENDING),
        ("failed", Status.REFUSED),
        ("canceled", Status.REFUSED),
        ("something_new", Status.NO_ANSWER),
    ],
)
def test_every_state_of_a_refund_has_its_meaning(
    fake: tuple[FakeStripe, Stripe], status: str, means: Status
) -> None:
    server, stripe = fake
    server.status = status
    assert stripe.refund(INTENT).status == means


@pytest.mark.parametrize(
    ("answer", "means"),
    [
        (Answer(500, b'{"error": {"type": "api_error"}}'), Status.NO_ANSWER),
        (Answer(429, b'{"error": {"type": "invalid_request_error"}}'), Status.BUSY),
        (Answer(400, b'{"error": {"type": "idempotency_error"}}'), Status.NO_ANSWER),
        (
            Answer(400, b'{"error": {"type": "invalid_request_error", "message": "Too much."}}'),
            Status.REFUSED,
        ),
        (Answer(402, b'{"error": {"type": "card_error", "message": "Lost."}}'), Status.REFUSED),
        (Answer(403, b'{"error": {"type": "invalid_request_error"}}'), Status.NO_ANSWER),
        (Answer(200, b"<html>"), Status.NO_ANSWER),
        (Answer(200, None), Status.NO_ANSWER),
    ],
)
def test_only_a_refusal_of_stripe_s_is_definite(
    fake: tuple[FakeStripe, Stripe], answer: Answer, means: Status
) -> None:
    server, stripe = fake
    server.next = [answer]
    try:
        receipt = stripe.refund(INTENT)
    except Exception as problem:  # as the sender takes it
        receipt = no_answer(problem)
    assert receipt.status == means
    assert server.refunds == []


def test_what_is_no_payment_of_stripe_s_is_refused_before_any_call(
    fake: tuple[FakeStripe, Stripe],
) -> None:
    _server, stripe = fake
    foreign = Intent("PO-00000-00001", "PAY-1", Decimal(1), "EUR", Decimal(1))
    assert stripe.refund(foreign).status == Status.REFUSED
    missing = Intent("PO-00000-00001", "pi_2", Decimal(1), "EUR", Decimal(1))
    assert stripe.refund(missing).status == Status.REFUSED
    assert stripe.query(missing).status == Status.NOT_FOUND


def call(told: Any, secret: str = SECRET, at: int | None = None) -> Any:
    body, at = json.dumps(told), at or int(time.time())
    mark = hmac.new(secret.encode(), f"{at}.{body}".encode(), hashlib.sha256).hexdigest()
    return RequestFactory().post(
        "/", body, content_type="application/json",
        headers={"Stripe-Signature": f"t={at},v1={mark}"},
    )  # fmt: skip


def event(**refund: Any) -> dict[str, Any]:
    thing = {"id": "re_0", "object": "refund", "status": "failed", "metadata": {}, **refund}
    return {"id": "evt_1", "object": "event", "type": "refund.failed", "data": {"object": thing}}


def test_a_signed_event_is_read_and_a_forged_or_old_one_is_not(
    fake: tuple[FakeStripe, Stripe],
) -> None:
    _server, stripe = fake
    ours = event(metadata={"payout": INTENT.number})
    assert stripe.read_webhook(call(ours)) == [Notice("evt_1", INTENT.number, "failed", True)]
    assert stripe.read_webhook(call(event())) == [Notice("evt_1", "re_0", "failed", True)]
    assert stripe.read_webhook(call(event(object="charge"))) == []
    for forged in (call(ours, "whsec_another"), call(ours, at=int(time.time()) - 3600)):
        with pytest.raises(BadSignature):
            stripe.read_webhook(forged)


def test_its_own_list_tells_what_left_and_what_came_back(fake: tuple[FakeStripe, Stripe]) -> None:
    server, stripe = fake
    stripe.refund(INTENT)
    ours = {**server.refunds[0], "failure_reason": "lost_or_stolen_card"}
    by_hand = {**ours, "metadata": {}, "amount": 700}
    at = datetime(2026, 3, 10, 12, tzinfo=UTC)
    second = int(at.timestamp())
    server.move("charge", second, {"id": "ch_1", "object": "charge"}, 5000)
    server.move("refund", second, ours, -1390)
    server.move("payment_refund", second + 1, by_hand, -800)
    server.move("refund_failure", second + 59, ours, 1390)
    server.move("refund", second + 60, ours)  # after the end
    found = list(stripe.bookings(at, at + timedelta(minutes=1)))
    assert [(b.reference, b.number, b.amount, b.currency, b.returned) for b in found] == [
        ("txn_1", INTENT.number, Decimal("12.50"), "EUR", False),
        ("txn_2", "", Decimal("7.00"), "EUR", False),
        ("txn_3", INTENT.number, Decimal("12.50"), "EUR", True),
    ]
    assert (found[0].at, found[2].reason) == (at, "lost_or_stolen_card")
    assert isinstance(stripe, Lister)


def test_a_list_that_cannot_be_had_is_no_empty_list(fake: tuple[FakeStripe, Stripe]) -> None:
    server, _stripe = fake
    with serving(server) as url:
        keys = {"API_KEY": "sk_wrong", "WEBHOOK_SECRET": SECRET, "URL": url}
        stranger = Stripe(Account("stripe", "other", keys))
        at = datetime(2026, 3, 10, tzinfo=UTC)
        with pytest.raises(StripeError):
            list(stranger.bookings(at, at + timedelta(days=1)))
