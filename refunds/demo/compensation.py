"""Compensation in the demo: given, waiting for a second person, for legal counsel, for the platform."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from backoffice.actors import person
from backoffice.models import User
from orders.models import Order
from refunds.demo.time import happening
from refunds.intake import LineRequest, Request, open_case
from refunds.models import Compensation, Kind, RefundCase, Stage
from refunds.workflow import perform

Type = Compensation.Type


@dataclass(frozen=True)
class Gift:
    """A compensation asked for ``age`` hours ago; no amount means that the law fixes it."""

    type: str
    reason: str
    words: str
    age: float
    amount: str = ""
    bearer: str = ""
    approved: bool = False
    reference: str = ""


GIFTS = [
    Gift(Type.COUPON, "S02", "迟到五天，影响送礼。", 100, "20.00", "", True, "CPN-{n}-8842"),
    Gift(Type.CREDIT, "S02", "晚发货两天，双方协商补偿。", 28, "15.00", "carrier", True),
    Gift(
        Type.GOODWILL, "O01", "老客户第三次遇到发货延误，希望有诚意的补偿。", 9, "88.00", "", True
    ),
    Gift(Type.FRAUD, "O01", "页面写纯羊毛，吊牌却是化纤，要求退一赔三。", 14),
    Gift(Type.ADVANCE, "O01", "商家三天不回复，请平台先行赔付。", 6, "120.00"),
]
LEAST = Decimal(400)  # paid for the goods: enough for each story's limits


def tell(orders: list[Order], asker: User, now: datetime, count: int) -> None:
    """Let the first ``count`` gifts be asked for, each about an order of its own without a case."""
    free = [
        order
        for order in orders
        if order.stage == Stage.RECEIVED
        and not order.cases.exists()
        and sum(line.amount for line in order.lines.all()) >= LEAST
    ]
    for n, (gift, order) in enumerate(zip(GIFTS[:count], free, strict=False)):
        _give(gift, order, asker, now - timedelta(hours=gift.age), order.store_id * 100 + n)


def _give(gift: Gift, order: Order, asker: User, opened: datetime, n: int) -> None:
    with happening(opened):
        case = open_case(order_id=order.pk, actor=person(asker), request=_request(gift, order))
    if gift.approved:
        with happening(opened + timedelta(hours=3)):
            case = _step(case, asker, "approve", note="Agreed with the buyer.")
    if gift.reference:
        with happening(opened + timedelta(hours=4)):
            _step(case, asker, "give", reference=gift.reference.format(n=n))


def _request(gift: Gift, order: Order) -> Request:
    line = order.lines.all()[0]
    return Request(
        kind=Kind.COMPENSATION,
        reason_code=gift.reason,
        lines=[] if gift.amount else [LineRequest(line.pk, 1)],
        amount=Decimal(gift.amount) if gift.amount else None,
        compensation_type=gift.type,
        bearer=gift.bearer,
        reason_text=gift.words,
    )


def _step(case: RefundCase, user: User, action: str, **details: Any) -> RefundCase:
    return perform(action, case_id=case.pk, actor=person(user), **details)
