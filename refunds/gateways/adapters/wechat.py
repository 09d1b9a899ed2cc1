"""WeChat Pay (API v3), through ``wechatpayv3``. The payout's number is the ``out_refund_no``."""

import json
import time
from datetime import timedelta
from decimal import Decimal
from typing import Any, ClassVar

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from wechatpayv3 import WeChatPay, WeChatPayType

from refunds.gateways.accounts import Account
from refunds.gateways.protocol import BadSignature, Intent, Notice, Receipt, Status

STATUSES = {
    "SUCCESS": Status.SETTLED,
    "PROCESSING": Status.PENDING,
    "CLOSED": Status.REFUSED,
    "ABNORMAL": Status.STUCK,  # the buyer's card is gone: who pays, and where to, is chosen there
}
UNSAID = (None, Status.STUCK)  # where our word says less than theirs
# What says for certain that this number was not executed; whatever is not here is asked about.
REFUSALS = {"NOT_ENOUGH", "USER_ACCOUNT_ABNORMAL", "RESOURCE_NOT_EXISTS", "MCH_NOT_EXISTS"}
MISSING = "RESOURCE_NOT_EXISTS"
FRESH = 300  # seconds for which a signature counts
CURRENCY = (
    "CNY"  # the only one that this interface refunds in; it counts in hundredths of it, the fen
)


class WeChat:
    """One merchant at WeChat Pay. Its answers are signed, and the library checks that they are."""

    window: ClassVar[timedelta] = timedelta(minutes=10)

    def __init__(self, account: Account) -> None:
        keys = account.keys
        self._client = WeChatPay(
            wechatpay_type=WeChatPayType.NATIVE,
            mchid=keys["MCHID"],
            appid=keys["APPID"],
            cert_serial_no=keys["CERT_SERIAL"],
            private_key=keys["PRIVATE_KEY"],
            apiv3_key=keys["APIV3_KEY"],
            public_key=keys["PUBLIC_KEY"],
            public_key_id=keys["PUBLIC_KEY_ID"],
            notify_url=keys["NOTIFY_URL"] or None,
            timeout=settings.GATEWAY_TIMEOUT,
        )
        if keys["URL"]:
            self._client._core._gate_way = keys["URL"]  # the library offers no other way

    def refund(self, intent: Intent) -> Receipt:
        """Refund a transaction."""
        if intent.currency != CURRENCY:
            return Receipt(Status.REFUSED, reason="WeChat Pay pays in CNY here.")
        status, text = self._client.refund(
            out_refund_no=intent.number,
            transaction_id=intent.payment,
            amount={
                "refund": int(intent.amount * 100),
                "total": int(intent.paid * 100),
                "currency": CURRENCY,
            },
        )
        told = _told(text)
        if told.get("code") in REFUSALS:
            return Receipt(Status.REFUSED, reason=told.get("message") or told["code"])
        return _receipt(status, told)

    def query(self, intent: Intent) -> Receipt:
        """What became of the number."""
        status, text = self._client.query_refund(out_refund_no=intent.number)
        told = _told(text)
        if status == 404 and told.get("code") == MISSING:
            return Receipt(Status.NOT_FOUND)
        return _receipt(status, told)

    def read_webhook(self, request: HttpRequest) -> list[Notice]:
        """An encrypted notification; what is in it is opened with the key of the API."""
        at = request.headers.get("Wechatpay-Timestamp", "")
        if not at.isdecimal() or abs(time.time() - int(at)) > FRESH:
            raise BadSignature
        told = self._client.callback(request.headers, request.body)
        if not told:
            raise BadSignature
        if not str(told.get("event_type", "")).startswith("REFUND."):
            return []
        refund = told["resource"]
        status = refund.get("refund_status", "")
        return [
            Notice(
                event=told["id"],
                number=refund.get("out_refund_no", ""),
                status=status,
                bad_news=status in ("CLOSED", "ABNORMAL"),
            )
        ]

    def reply(self, *, known: bool) -> HttpResponse:
        """204: taken."""
        return HttpResponse(status=204)


def _told(text: Any) -> dict[str, Any]:
    """The answer's JSON; empty where there is none."""
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _receipt(status: int, told: dict[str, Any]) -> Receipt:
    if status == 429:
        return Receipt(Status.BUSY)
    amount = told.get("amount") or {}
    if status != 200 or "refund" not in amount:
        return Receipt(Status.NO_ANSWER, reason=str(told.get("code") or f"HTTP {status}"))
    return Receipt(
        STATUSES.get(told.get("status", ""), Status.NO_ANSWER),
        reference=told.get("refund_id", ""),
        reason=told.get("status", "") if STATUSES.get(told.get("status", "")) in UNSAID else "",
        amount=Decimal(amount["refund"]) / 100,
        currency=amount.get("currency", CURRENCY),
    )
