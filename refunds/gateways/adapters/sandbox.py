"""The sandbox: a provider for trials and tests. See ``refunds.gateways.sandbox`` for its other side."""

import hmac
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import ClassVar

import requests
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse

from refunds.gateways.accounts import Account
from refunds.gateways.protocol import BadSignature, Booking, Intent, Notice, Receipt, Status
from refunds.gateways.sandbox.webhooks import signature

FRESH = 300  # seconds for which a signature counts


class Sandbox:
    """One sandbox."""

    window: ClassVar[timedelta] = timedelta(seconds=3)

    def __init__(self, account: Account) -> None:
        self._url, self._key = account.keys["URL"].rstrip("/"), account.keys["KEY"]

    def refund(self, intent: Intent) -> Receipt:
        """Ask for the money to be paid back."""
        wanted = {
            "number": intent.number,
            "payment": intent.payment,
            "amount": str(intent.amount),
            "currency": intent.currency,
        }
        return self._ask("POST", "/v1/refunds", wanted)

    def query(self, intent: Intent) -> Receipt:
        """What became of the number."""
        return self._ask("GET", f"/v1/refunds/{intent.number}")

    def _ask(self, method: str, path: str, content: dict[str, str] | None = None) -> Receipt:
        try:
            answer = requests.request(
                method,
                self._url + path,
                json=content,
                headers={"Authorization": f"Bearer {self._key}"},
                timeout=settings.GATEWAY_TIMEOUT,
            )
            return _read(answer.status_code, answer.content)
        except requests.RequestException as problem:
            return Receipt(Status.NO_ANSWER, reason=type(problem).__name__)

    def bookings(self, since: datetime, until: datetime) -> Iterator[Booking]:
        """All that it paid, and all that came back, in that time."""
        answer = requests.get(
            f"{self._url}/v1/bookings",
            params={"since": str(since.timestamp()), "until": str(until.timestamp())},
            headers={"Authorization": f"Bearer {self._key}"},
            timeout=settings.GATEWAY_TIMEOUT,
        )
        answer.raise_for_status()
        for told in answer.json():
            yield Booking(
                reference=told["reference"],
                number=told["number"],
                amount=Decimal(told["amount"]),
                currency=told["currency"],
                at=datetime.fromtimestamp(told["at"], UTC),
                returned=told["returned"],
                reason=told["reason"],
            )

    def read_webhook(self, request: HttpRequest) -> list[Notice]:
        """One event per request."""
        given = request.headers.get("Sandbox-Signature", "")
        at = given.removeprefix("t=").partition(",")[0]
        if not at.isdecimal() or abs(time.time() - int(at)) > FRESH:
            raise BadSignature
        if not hmac.compare_digest(given, signature(self._key, request.body, int(at))):
            raise BadSignature
        told = json.loads(request.body)
        notice = Notice(
            event=told["event"],
            number=told["number"],
            status=told["status"],
            bad_news=told["status"] == Status.REFUSED,
        )
        return [notice]

    def reply(self, *, known: bool) -> HttpResponse:
        """200; a number that is not ours is 404, and not told again."""
        return JsonResponse({"known": known}, status=200 if known else 404)


def _read(status: int, content: bytes) -> Receipt:
    """An answer in our words; what cannot be read is no answer."""
    if status == 429:
        return Receipt(Status.BUSY)
    try:
        told = json.loads(content)
        if status == 200:
            return Receipt(
                Status(told["status"]),
                reference=told["reference"],
                reason=told["reason"],
                amount=Decimal(told["amount"]),
                currency=told["currency"],
            )
        error = told["error"]
    except (ValueError, KeyError, TypeError, InvalidOperation):
        return Receipt(Status.NO_ANSWER, reason=f"HTTP {status}")
    if (status, error) == (404, "not_found"):
        return Receipt(Status.NOT_FOUND)
    if (status, error) == (400, "incomplete"):
        return Receipt(Status.REFUSED, reason="The payment is not known there.")
    return Receipt(Status.NO_ANSWER, reason=f"HTTP {status}")
