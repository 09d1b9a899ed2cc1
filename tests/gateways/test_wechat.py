"""WeChat Pay's adapter against a server that checks and makes real signatures, and encrypts."""

import base64
import json
import re
import time
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from django.test import RequestFactory

from refunds.gateways.accounts import Account
from refunds.gateways.adapters.wechat import WeChat
from refunds.gateways.protocol import BadSignature, Intent, Notice, Status
from refunds.gateways.sending import no_answer
from tests.gateways.servers import Answer, Asked, Keys, serving

pytestmark = pytest.mark.once
INTENT = Intent("PO-00000-00001", "4200000001", Decimal("12.50"), "CNY", Decimal("50.00"))
OURS, THEIRS, OTHERS = Keys(), Keys(), Keys()
API_KEY, KEY_ID = "k" * 32, "PUB_KEY_ID_0001"
PARTS = re.compile(r'(\w+)="([^"]*)"')


def marks(keys: Keys, body: str, at: int | None = None) -> dict[str, str]:
    """The headers with which WeChat Pay signs ``body``."""
    at, nonce = at or int(time.time()), "nonce"
    signature = keys.key.sign(f"{at}\n{nonce}\n{body}\n".encode(), PKCS1v15(), SHA256())
    return {
        "Wechatpay-Signature": base64.b64encode(signature).decode(),
        "Wechatpay-Timestamp": str(at),
        "Wechatpay-Nonce": nonce,
        "Wechatpay-Serial": KEY_ID,
        "Wechatpay-Signature-Type": "WECHATPAY2-SHA256-RSA2048",
    }


class FakeWeChat:
    """Refunds by ``out_refund_no``; every request has to be signed by us, every answer is by it."""

    def __init__(self) -> None:
        self.refunds: dict[str, dict[str, Any]] = {}
        self.signs_with = THEIRS
        self.status = "SUCCESS"
        self.next: list[Answer] = []
        self.loses = False

    def __call__(self, asked: Asked) -> Answer:
        if not self._signed(asked):
            return self._error(401, "SIGN_ERROR")
        if self.next:
            return self.next.pop()
        if asked.method == "GET":
            number = asked.path.rpartition("/")[2]
            if number not in self.refunds:
                return self._error(404, "RESOURCE_NOT_EXISTS")
            return self._tell(self.refunds[number])
        wanted = json.loads(asked.body)
        if wanted["transaction_id"] != INTENT.payment:
            return self._error(404, "RESOURCE_NOT_EXISTS")
        made = {
            "refund_id": f"5030{len(self.refunds)}", "out_refund_no": wanted["out_refund_no"],
            "status": self.status, "amount": wanted["amount"],
        }  # fmt: skip
        made = self.refunds.setdefault(wanted["out_refund_no"], made)
        return Answer(body=None) if self.loses else self._tell(made)

    @staticmethod
    def _signed(asked: Asked) -> bool:
        told = dict(PARTS.findall(asked.headers["Authorization"]))
        text = "\n".join(
            [asked.method, asked.path, told["timestamp"], told["nonce_str"], asked.body.decode()]
        )
        try:
            OURS.key.public_key().verify(
                base64.b64decode(told["signature"]), f"{text}\n".encode(), PKCS1v15(), SHA256()
            )
        except InvalidSignature:
            return False
        return told["mchid"] == "1900000001"

    def _tell(self, told: dict[str, Any]) -> Answer:
        body = json.dumps(told)
        return Answer(body=body.encode(), headers=marks(self.signs_with, body))

    @staticmethod
    def _error(status: int, code: str) -> Answer:
        return Answer(status, json.dumps({"code": code, "message": "As it says."}).encode())


@pytest.fixture
def fake() -> Iterator[tuple[FakeWeChat, WeChat]]:
    server = FakeWeChat()
    with serving(server) as url:
        keys = {
            "MCHID": "1900000001", "APPID": "wx1", "CERT_SERIAL": "ABC", "APIV3_KEY": API_KEY,
            "PRIVATE_KEY": OURS.private, "PUBLIC_KEY": THEIRS.public, "PUBLIC_KEY_ID": KEY_ID,
            "URL": url, "NOTIFY_URL": "",
        }  # fmt: skip
        yield server, WeChat(Account("wechat", "main", keys))


def test_a_refund_is_made_once_per_number(fake: tuple[FakeWeChat, WeChat]) -> None:
    server, wechat = fake
    first, second = wechat.refund(INTENT), wechat.refund(INTENT)
    assert first == second
    assert (first.status, first.reference, first.amount, first.currency) == (
        Status.SETTLED,
        "50300",
        Decimal("12.50"),
        "CNY",
    )
    assert server.refunds[INTENT.number]["amount"] == {
        "refund": 1250,
        "total": 5000,
        "currency": "CNY",
    }


def test_a_lost_answer_is_found_by_its_number(fake: tuple[FakeWeChat, WeChat]) -> None:
    server, wechat = fake
    assert wechat.query(INTENT).status == Status.NOT_FOUND
    server.loses = True
    with pytest.raises(Exception) as caught:  # noqa: PT011 - whatever the library raises
        wechat.refund(INTENT)
    assert no_answer(caught.value).status == Status.NO_ANSWER
    assert wechat.query(INTENT).status == Status.SETTLED


@pytest.mark.parametrize(
    ("status", "means"),
    [
        ("PROCESSING", Status.PENDING),
        ("CLOSED", Status.REFUSED),
        ("ABNORMAL", Status.STUCK),
        ("SOMETHING_NEW", Status.NO_ANSWER),
    ],
)
def test_every_state_of_a_refund_has_its_meaning(
    fake: tuple[FakeWeChat, WeChat], status: str, means: Status
) -> None:
    server, wechat = fake
    server.status = status
    assert wechat.refund(INTENT).status == means


@pytest.mark.parametrize(
    ("status", "code", "means"),
    [
        (429, "FREQUENCY_LIMITED", Status.BUSY),
        (500, "SYSTEM_ERROR", Status.NO_ANSWER),
        (400, "INVALID_REQUEST", Status.NO_ANSWER),
        (403, "NOT_ENOUGH", Status.REFUSED),
        (403, "USER_ACCOUNT_ABNORMAL", Status.REFUSED),
    ],
)
def test_only_what_is_known_to_be_definite_is_taken_for_it(
    fake: tuple[FakeWeChat, WeChat], status: int, code: str, means: Status
) -> None:
    server, wechat = fake
    server.next = [FakeWeChat._error(status, code)]
    assert wechat.refund(INTENT).status == means
    assert server.refunds == {}


def test_a_transaction_that_it_does_not_have_is_refused(fake: tuple[FakeWeChat, WeChat]) -> None:
    _server, wechat = fake
    missing = Intent("PO-00000-00001", "404", Decimal(1), "CNY", Decimal(1))
    assert wechat.refund(missing).status == Status.REFUSED


def test_an_answer_that_somebody_else_signed_is_no_answer(fake: tuple[FakeWeChat, WeChat]) -> None:
    server, wechat = fake
    server.signs_with = OTHERS
    with pytest.raises(Exception, match="verify the signature") as caught:
        wechat.refund(INTENT)
    assert no_answer(caught.value).status == Status.NO_ANSWER


def call(keys: Keys = THEIRS, at: int | None = None, event_type: str = "REFUND.SUCCESS") -> Any:
    """A notification whose content only our key opens."""
    refund = {"out_refund_no": INTENT.number, "refund_status": event_type.removeprefix("REFUND.")}
    sealed = AESGCM(API_KEY.encode()).encrypt(
        b"123456789012", json.dumps(refund).encode(), b"refund"
    )
    told = {
        "id": "evt_1", "event_type": event_type, "resource_type": "encrypt-resource",
        "resource": {
            "algorithm": "AEAD_AES_256_GCM", "nonce": "123456789012",
            "associated_data": "refund", "ciphertext": base64.b64encode(sealed).decode(),
        },
    }  # fmt: skip
    body = json.dumps(told)
    return RequestFactory().post(
        "/", body, content_type="application/json", headers=marks(keys, body, at)
    )


def test_a_signed_notification_is_opened_and_a_forged_or_old_one_is_not(
    fake: tuple[FakeWeChat, WeChat],
) -> None:
    _server, wechat = fake
    assert wechat.read_webhook(call()) == [Notice("evt_1", INTENT.number, "SUCCESS")]
    (bad,) = wechat.read_webhook(call(event_type="REFUND.ABNORMAL"))
    assert bad.bad_news
    assert wechat.read_webhook(call(event_type="TRANSACTION.SUCCESS")) == []
    assert wechat.reply(known=False).status_code == 204
    for forged in (call(OTHERS), call(at=int(time.time()) - 3600)):
        with pytest.raises(BadSignature):
            wechat.read_webhook(forged)


@pytest.mark.parametrize("currency", ["USD", "JPY"])
def test_only_money_of_china_is_paid_back(fake: tuple[FakeWeChat, WeChat], currency: str) -> None:
    server, wechat = fake
    assert wechat.refund(replace(INTENT, currency=currency)).status == Status.REFUSED
    assert server.refunds == {}
