"""Asking as somebody, and what an answer gives away."""

import re
from typing import Any

from tests.access.walker import MISSING, Answer, Walker

INSIDERS = ("staff", "manager", "finance", "checker")
CASES, ORDERS = "/admin/refunds/refundcase/", "/admin/orders/order/"


def get(walker: Walker, who: str, path: str, **query: Any) -> Answer:
    return walker.send(walker.clients[who], "GET", path, query)


def post(walker: Walker, who: str, path: str, **data: Any) -> Answer:
    return walker.send(walker.clients[who], "POST", path, data)


def leaks(walker: Walker, who: str, answer: Answer, *, asked: str = "") -> list[str]:
    text = answer.text.replace(asked, "") if asked else answer.text
    return [what for secret, what in walker.world.hidden_from(who).items() if secret in text]


def told(answer: Answer, *asked: Any) -> tuple[int, str]:
    """What an answer tells beyond what was asked: whole words only, for a key may be a short number."""
    text = answer.without("\0").replace("%3D", "=")
    for word in asked:
        text = re.sub(rf"(?<![\w.]){re.escape(str(word))}(?![\w.])", "ASKED", text)
    return answer.status, text


def instead(answer: Answer, key: int) -> tuple[int, str]:
    """What the answer about a missing row tells, had it been asked about ``key``."""
    return answer.status, told(answer)[1].replace(str(MISSING), str(key))
