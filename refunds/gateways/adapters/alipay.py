"""Alipay, through ``python-alipay-sdk``. The payout's number is the refund's ``out_request_no``."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any, ClassVar
from urllib.error import HTTPError
from zoneinfo import ZoneInfo

from alipay import AliPay
from alipay.utils import AliPayConfig
from django.conf import settings
from django.http import HttpRequest, HttpResponse

from backoffice import clock
from refunds.gateways.accounts import Account
from refunds.gateways.protocol import BadSignature, Intent, Notice, Receipt, Status

DONE = "10000"
CURRENCY = "CNY"
# What says for certain that this number was not executed; whatever is not here is asked about.
REFUSALS = {
    "ACQ.TRADE_NOT_EXIST",
    "ACQ.TRADE_HAS_FINISHED",
    "ACQ.TRADE_STATUS_ERROR",
    "ACQ.TRADE_NOT_ALLOW_REFUND",
    "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL",
    "ACQ.REASON_TRADE_REFUND_FEE_ERR",
    "ACQ.SELLER_BALANCE_NOT_ENOUGH",
    "ACQ.BUYER_ERROR",
}
SUCCESS = "REFUND_SUCCESS"
UNKNOWN_TRADE = "ACQ.TRADE_NOT_EXIST"
BEIJING = ZoneInfo("Asia/Shanghai")  # where Alipay's clock stands, wherever ours does


class Client(AliPay):
    """The library stamps requests by the clock of the machine; Alipay reads them by its own."""

    def build_body(self, method: str, biz_content: Any = None, **kwargs: Any) -> dict[str, Any]:
        """The request, with the moment as Alipay's clock shows it."""
        stamp = f"{clock.now().astimezone(BEIJING):%Y-%m-%d %H:%M:%S}"
        body: dict[str, Any] = super().build_body(method, biz_content, timestamp=stamp, **kwargs)
        return body


class Alipay:
    """One application at Alipay. Its answers are signed, and the library checks that they are."""

    window: ClassVar[timedelta] = timedelta(minutes=10)

    def __init__(self, account: Account) -> None:
        keys = account.keys
        self._app_id = keys["APP_ID"]
        self._client = Client(
            appid=keys["APP_ID"],
            app_private_key_string=keys["PRIVATE_KEY"],
            alipay_public_key_string=keys["ALIPAY_PUBLIC_KEY"],
            config=AliPayConfig(timeout=settings.GATEWAY_TIMEOUT),
        )
        if keys["URL"]:
            self._client._gateway = keys["URL"]  # the library offers no other way

    def refund(self, intent: Intent) -> Receipt:
        """Refund a trade. Where nothing changed, the number was known before: then it is asked about."""
        if intent.currency != CURRENCY:
            return Receipt(Status.REFUSED, reason="Alipay pays in CNY here.")
        told = _asked(
            self._client.api_alipay_trade_refund,
            refund_amount=str(intent.amount),
            trade_no=intent.payment,
            out_request_no=intent.number,
        )
        if told.get("code") == DONE:
            if told.get("fund_change") != "Y":
                return self.query(intent)
            return Receipt(Status.SETTLED, reference=told.get("trade_no", ""))
        if told.get("sub_code") in REFUSALS:
            return Receipt(Status.REFUSED, reason=told.get("sub_msg") or told["sub_code"])
        return _unanswered(told)

    def query(self, intent: Intent) -> Receipt:
        """A refund that was executed has a status; one that failed or never came has none.

        To send either again under its number is what Alipay asks for, and pays nothing twice.
        """
        told = _asked(
            self._client.api_alipay_trade_fastpay_refund_query,
            out_request_no=intent.number,
            trade_no=intent.payment,
        )
        if told.get("code") != DONE:
            if told.get("sub_code") == UNKNOWN_TRADE:
                return Receipt(Status.NOT_FOUND)
            return _unanswered(told)
        if not told.get("refund_status"):
            return Receipt(Status.NOT_FOUND)
        if told["refund_status"] != SUCCESS:
            return Receipt(Status.PENDING, reason=told["refund_status"])
        return Receipt(
            Status.SETTLED,
            reference=told.get("trade_no", ""),
            amount=Decimal(told["refund_amount"]),
            currency=CURRENCY,
        )

    def read_webhook(self, request: HttpRequest) -> list[Notice]:
        """A notification about a trade: about a refund where it names one."""
        told: dict[str, Any] = dict(request.POST.items())
        mark = told.pop("sign", "")
        event, number = told.get("notify_id", ""), told.get("out_biz_no", "")
        if not mark or told.get("app_id") != self._app_id or not self._client.verify(told, mark):
            raise BadSignature
        if not event or "refund_fee" not in told:
            return []
        return [Notice(event=event, number=number, status=told.get("trade_status", ""))]

    def reply(self, *, known: bool) -> HttpResponse:
        """The one word that it waits for."""
        return HttpResponse("success", content_type="text/plain")


def _asked(ask: Callable[..., dict[str, Any]], **what: str) -> dict[str, Any]:
    """What Alipay says; the library leaves the connection of an error open."""
    try:
        return ask(**what)
    except HTTPError as problem:
        problem.close()
        return {"code": f"HTTP {problem.code}"}


def _unanswered(told: dict[str, Any]) -> Receipt:
    return Receipt(Status.NO_ANSWER, reason=str(told.get("sub_code") or told.get("code") or ""))
