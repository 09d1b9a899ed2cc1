"""Alipay's adapter against a server that checks and makes real RSA2 signatures."""

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from zoneinfo import ZoneInfo

import pytest
import time_machine
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from django.test import RequestFactory

from refunds.gateways.accounts import Account
from refunds.gateways.adapters.alipay import Alipay
from refunds.gateways.protocol import BadSignature, Intent, Notice, Status
from refunds.gateways.sending import no_answer
from tests.gateways.servers import Answer, Asked, Keys, serving

pytestmark = pytest.mark.once
INTENT = Intent("PO-00000-00001", "2026112722001", Decimal("12.50"), "CNY", Decimal("50.00"))
OURS, THEIRS, OTHERS = Keys(), Keys(), Keys()


def signed(keys: Keys, text: str) -> str:
    return base64.b64encode(keys.key.sign(text.encode(), PKCS1v15(), SHA256())).decode()


class FakeAlipay:
    """Refunds by ``out_request_no``; every request has to be signed by us, every answer is by it."""

    def __init__(self) -> None:
        self.refunds: dict[str, str] = {}
        self.signs_with = THEIRS
        self.next: list[dict[str, str] | Answer] = []
        self.loses = False
        self.stamps: list[str] = []

    def __call__(self, asked: Asked) -> Answer:
        told = dict(parse_qsl(urlsplit(asked.path).query))
        self.stamps.append(told["timestamp"])
        mark = base64.b64decode(told.pop("sign"))
        text = "&".join(f"{name}={value}" for name, value in sorted(told.items()))
        try:
            OURS.key.public_key().verify(mark, text.encode(), PKCS1v15(), SHA256())
        except InvalidSignature:
            return Answer(400, b"not signed")
        content = json.loads(told["biz_content"])
        known = content["trade_no"] == INTENT.payment
        if self.next:
            found = self.next.pop()
            if isinstance(found, Answer):
                return found
        elif not known:
            found = {"code": "40004", "sub_code": "ACQ.TRADE_NOT_EXIST", "sub_msg": "No such trade"}
        elif told["method"] == "alipay.trade.refund":
            found = self._refund(content)
        else:
            found = self._query(content)
        if self.loses and told["method"] == "alipay.trade.refund":
            return Answer(body=None)
        body = json.dumps(found, separators=(",", ":"))
        name = told["method"].replace(".", "_") + "_response"
        return Answer(body=f'{{"{name}":{body},"sign":"{signed(self.signs_with, body)}"}}'.encode())

    def _refund(self, content: dict[str, str]) -> dict[str, str]:
        new = content["out_request_no"] not in self.refunds
        self.refunds.setdefault(content["out_request_no"], content["refund_amount"])
        total = sum(map(Decimal, self.refunds.values()))
        return {
            "code": "10000", "msg": "Success", "trade_no": INTENT.payment,
            "fund_change": "Y" if new else "N", "refund_fee": str(total),
        }  # fmt: skip

    def _query(self, content: dict[str, str]) -> dict[str, str]:
        done = {"code": "10000", "msg": "Success"}
        number = content["out_request_no"]
        if number not in self.refunds:
            return done
        return done | {
            "trade_no": INTENT.payment, "out_request_no": number,
            "refund_amount": self.refunds[number], "refund_status": "REFUND_SUCCESS",
        }  # fmt: skip


@pytest.fixture
def fake() -> Iterator[tuple[FakeAlipay, Alipay]]:
    server = FakeAlipay()
    with serving(server) as url:
        keys = {
            "APP_ID": "2021", "PRIVATE_KEY": OURS.private, "ALIPAY_PUBLIC_KEY": THEIRS.public,
            "URL": f"{url}/gateway.do",
        }  # fmt: skip
        yield server, Alipay(Account("alipay", "main", keys))


def test_a_refund_is_made_once_per_number(fake: tuple[FakeAlipay, Alipay]) -> None:
    server, alipay = fake
    assert alipay.refund(INTENT).status == Status.SETTLED
    again = alipay.refund(INTENT)
    assert (again.status, again.amount, again.currency) == (
        Status.SETTLED,
        Decimal("12.50"),
        "CNY",
    )
    assert server.refunds == {INTENT.number: "12.50"}


def test_a_lost_answer_is_found_by_its_number(fake: tuple[FakeAlipay, Alipay]) -> None:
    server, alipay = fake
    assert alipay.query(INTENT).status == Status.NOT_FOUND
    server.loses = True
    with pytest.raises(Exception) as caught:  # noqa: PT011 - whatever the library raises
        alipay.refund(INTENT)
    assert no_answer(caught.value).status == Status.NO_ANSWER
    assert alipay.query(INTENT).status == Status.SETTLED


@pytest.mark.parametrize(
    ("told", "means"),
    [
        ({"refund_status": "REFUND_SUCCESS", "refund_amount": "12.50"}, Status.SETTLED),
        ({"refund_status": "REFUND_PROCESSING", "refund_amount": "12.50"}, Status.PENDING),
        ({"refund_amount": "12.50"}, Status.NOT_FOUND),  # not received, or failed
        ({}, Status.NOT_FOUND),
    ],
)
def test_only_a_refund_that_is_said_to_have_succeeded_is_settled(
    fake: tuple[FakeAlipay, Alipay], told: dict[str, str], means: Status
) -> None:
    server, alipay = fake
    server.next = [{"code": "10000", "trade_no": INTENT.payment, **told}]
    assert alipay.query(INTENT).status == means


@pytest.mark.parametrize(
    ("told", "means"),
    [
        ({"code": "20000", "sub_code": "aop.unknow-error"}, Status.NO_ANSWER),
        ({"code": "40004", "sub_code": "ACQ.SYSTEM_ERROR"}, Status.NO_ANSWER),
        ({"code": "40004", "sub_code": "ACQ.SOMETHING_NEW"}, Status.NO_ANSWER),
        ({"code": "40004", "sub_code": "ACQ.REFUND_CHARGE_ERROR"}, Status.NO_ANSWER),
        ({"code": "40002", "sub_code": "isv.invalid-signature"}, Status.NO_ANSWER),
        ({"code": "40004", "sub_code": "ACQ.SELLER_BALANCE_NOT_ENOUGH"}, Status.REFUSED),
        ({"code": "40004", "sub_code": "ACQ.TRADE_HAS_FINISHED"}, Status.REFUSED),
    ],
)
def test_only_what_is_known_to_be_definite_is_taken_for_it(
    fake: tuple[FakeAlipay, Alipay], told: dict[str, str], means: Status
) -> None:
    server, alipay = fake
    server.next = [told]
    assert alipay.refund(INTENT).status == means


def test_an_error_of_the_server_is_no_answer(fake: tuple[FakeAlipay, Alipay]) -> None:
    server, alipay = fake
    server.next = [Answer(502, b"broken")]
    receipt = alipay.refund(INTENT)
    assert (receipt.status, receipt.reason) == (Status.NO_ANSWER, "HTTP 502")


@pytest.mark.parametrize("answer", [Answer(200, b"<html>"), Answer(200, b"{}")])
def test_garbage_is_no_answer(fake: tuple[FakeAlipay, Alipay], answer: Answer) -> None:
    server, alipay = fake
    server.next = [answer]
    with pytest.raises(Exception) as caught:  # noqa: PT011 - whatever the library raises
        alipay.refund(INTENT)
    assert no_answer(caught.value).status == Status.NO_ANSWER


def test_an_answer_that_somebody_else_signed_is_no_answer(fake: tuple[FakeAlipay, Alipay]) -> None:
    server, alipay = fake
    server.signs_with = OTHERS
    with pytest.raises(Exception) as caught:  # noqa: PT011 - whatever the library raises
        alipay.refund(INTENT)
    assert no_answer(caught.value).reason == "AliPayValidationError"


def test_a_trade_or_a_currency_that_it_does_not_have_is_refused(
    fake: tuple[FakeAlipay, Alipay],
) -> None:
    _server, alipay = fake
    missing = Intent("PO-00000-00001", "404", Decimal(1), "CNY", Decimal(1))
    assert alipay.refund(missing).status == Status.REFUSED
    assert alipay.query(missing).status == Status.NOT_FOUND
    foreign = Intent("PO-00000-00001", INTENT.payment, Decimal(1), "EUR", Decimal(1))
    assert alipay.refund(foreign).status == Status.REFUSED


def call(keys: Keys = THEIRS, **told: str) -> Any:
    text = "&".join(f"{name}={value}" for name, value in sorted(told.items()))
    return RequestFactory().post("/", {**told, "sign": signed(keys, text), "sign_type": "RSA2"})


def test_a_signed_notification_is_read_and_a_forged_one_is_not(
    fake: tuple[FakeAlipay, Alipay],
) -> None:
    _server, alipay = fake
    told = {
        "notify_id": "n1", "app_id": "2021", "trade_status": "TRADE_SUCCESS",
        "out_biz_no": INTENT.number, "refund_fee": "12.50",
    }  # fmt: skip
    assert alipay.read_webhook(call(**told)) == [Notice("n1", INTENT.number, "TRADE_SUCCESS")]
    assert alipay.reply(known=False).content == b"success"
    payment = {name: told[name] for name in ("notify_id", "app_id", "trade_status")}
    assert alipay.read_webhook(call(**payment)) == []
    unsigned = RequestFactory().post("/", told)
    for forged in (call(OTHERS, **told), call(**{**told, "app_id": "2022"}), unsigned):
        with pytest.raises(BadSignature):
            alipay.read_webhook(forged)


@pytest.mark.parametrize("zone", ["America/New_York", "UTC", "Asia/Shanghai"])
def test_a_request_says_what_time_it_is_in_beijing(
    fake: tuple[FakeAlipay, Alipay], zone: str
) -> None:
    server, alipay = fake
    moment = datetime(2026, 11, 27, 16, 30, tzinfo=UTC)
    with time_machine.travel(
        moment.astimezone(ZoneInfo(zone)), tick=False
    ):  # the machine's zone, too
        assert alipay.refund(INTENT).status == Status.SETTLED
        alipay.query(INTENT)
    assert server.stamps == ["2026-11-28 00:30:00"] * 2
