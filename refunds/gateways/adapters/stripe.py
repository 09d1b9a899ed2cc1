"""Stripe, through its own library. The payout's number is the idempotency key, and on the refund."""

import math
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar

import stripe
from django.conf import settings
from django.http import HttpRequest, HttpResponse

from refunds.gateways.accounts import Account
from refunds.gateways.protocol import BadSignature, Booking, Intent, Notice, Receipt, Status

STATUSES = {
    "succeeded": Status.SETTLED,
    "pending": Status.PENDING,
    "requires_action": Status.PENDING,
    "failed": Status.REFUSED,
    "canceled": Status.REFUSED,
}
SOURCES = {"pi": "payment_intent", "ch": "charge", "py": "charge"}
# Stripe's own list of what it counts in whole units and in thousandths; everything else is in hundredths,
# whatever that currency's own smallest unit is by now.
WHOLE = {
    "BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF",
    "XPF",
}  # fmt: skip
IN_THOUSANDTHS = {"BHD", "JOD", "KWD", "OMR", "TND"}
BOOKED = {"refund": False, "payment_refund": False, "refund_failure": True}  # came back?
MARK = "payout"  # the name of our number in a refund's metadata


class Stripe:
    """One account at Stripe.

    Within its window Stripe remembers what it answered to a key, a 500 included, and repeats it.
    """

    window: ClassVar[timedelta] = timedelta(hours=24)

    def __init__(self, account: Account) -> None:
        self._secret, url = account.keys["WEBHOOK_SECRET"], account.keys["URL"]
        self._client = stripe.StripeClient(
            account.keys["API_KEY"],
            base_addresses={"api": url} if url else {},
            max_network_retries=0,  # who asks again, and when, is decided in one place
            http_client=stripe.RequestsClient(timeout=settings.GATEWAY_TIMEOUT),
        )

    def refund(self, intent: Intent) -> Receipt:
        """Refund a payment intent or a charge."""
        source = _source(intent.payment)
        if not source:
            return Receipt(Status.REFUSED, reason="This is no payment at Stripe.")
        wanted: Any = {
            **source,
            "amount": _to_stripe(intent.amount, intent.currency),
            "metadata": {MARK: intent.number},
        }
        try:
            made = self._client.v1.refunds.create(wanted, {"idempotency_key": intent.number})
        except (stripe.InvalidRequestError, stripe.CardError) as refusal:
            return Receipt(Status.REFUSED, reason=refusal.user_message or refusal.code or "")
        except stripe.StripeError as problem:
            return _unanswered(problem)
        return _receipt(made)

    def query(self, intent: Intent) -> Receipt:
        """Look for our number among the payment's refunds: Stripe cannot be asked for it alone."""
        filters: Any = {**_source(intent.payment), "limit": 100}
        try:
            for found in self._client.v1.refunds.list(filters).auto_paging_iter():
                if _number(found.to_dict()) == intent.number:
                    return _receipt(found)
        except stripe.InvalidRequestError as problem:
            if problem.code != "resource_missing":
                return _unanswered(problem)
        except stripe.StripeError as problem:
            return _unanswered(problem)
        return Receipt(Status.NOT_FOUND)

    def bookings(self, since: datetime, until: datetime) -> Iterator[Booking]:
        """Refunds that left the account's balance, and those that failed later and came back to it."""
        period = {"gte": math.ceil(since.timestamp()), "lt": math.ceil(until.timestamp())}
        filters: Any = {"created": period, "limit": 100, "expand": ["data.source"]}
        for found in self._client.v1.balance_transactions.list(filters).auto_paging_iter():
            told = found.to_dict()
            if told["type"] in BOOKED:
                yield _booking(told)

    def read_webhook(self, request: HttpRequest) -> list[Notice]:
        """Events about refunds; others are taken, and say nothing to us."""
        mark = request.headers.get("Stripe-Signature", "")
        try:
            event = self._client.construct_event(request.body, mark, self._secret)
        except stripe.SignatureVerificationError:
            raise BadSignature from None
        told = event.to_dict()["data"]["object"]
        if told.get("object") != "refund":
            return []
        status = told.get("status") or ""
        bad = STATUSES.get(status) == Status.REFUSED
        number = _number(told) or told.get("id", "")
        return [Notice(event=event.id, number=number, status=status, bad_news=bad)]

    def reply(self, *, known: bool) -> HttpResponse:
        """200 in any case: an account has refunds that somebody made by hand."""
        return HttpResponse(status=200)


def _source(payment: str) -> dict[str, str]:
    kind = SOURCES.get(payment.partition("_")[0])
    return {kind: payment} if kind else {}


def _number(refund: dict[str, Any]) -> str:
    """Our number on a refund; empty on one that somebody made by hand."""
    return (refund.get("metadata") or {}).get(MARK, "")


def _to_stripe(amount: Decimal, currency: str) -> int:
    return int(amount * _parts(currency))


def _from_stripe(count: int, currency: str) -> Decimal:
    return Decimal(count) / _parts(currency)


def _parts(currency: str) -> int:
    """How many of what Stripe counts in make one of the currency."""
    if currency in WHOLE:
        return 1
    return 1000 if currency in IN_THOUSANDTHS else 100


def _booking(told: dict[str, Any]) -> Booking:
    """A movement of the balance, in the money that the buyer gets: the balance may be in another."""
    refund = told["source"]
    currency = refund["currency"].upper()
    return Booking(
        reference=told["id"],
        number=_number(refund),
        amount=_from_stripe(refund["amount"], currency),
        currency=currency,
        at=datetime.fromtimestamp(told["created"], UTC),
        returned=BOOKED[told["type"]],
        reason=refund.get("failure_reason") or "",
    )


def _receipt(refund: stripe.Refund) -> Receipt:
    currency = refund.currency.upper()
    return Receipt(
        STATUSES.get(refund.status or "", Status.NO_ANSWER),
        reference=refund.id,
        reason=getattr(refund, "failure_reason", None) or "",
        amount=_from_stripe(refund.amount, currency),
        currency=currency,
    )


def _unanswered(problem: stripe.StripeError) -> Receipt:
    """Nothing definite. Stripe's message is left out: it may quote a part of the key."""
    busy = isinstance(problem, stripe.RateLimitError)
    return Receipt(Status.BUSY if busy else Status.NO_ANSWER, reason=type(problem).__name__)
