"""Cases in every state, each with the story of how it got there."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from backoffice.actors import TIMER, Actor, person, system
from backoffice.models import User
from orders.models import Order
from refunds.demo.pictures import picture
from refunds.demo.time import happening
from refunds.intake import LineRequest, Request, open_case
from refunds.models import Kind, RefundCase, RejectCode, Stage
from refunds.workflow import perform


@dataclass(frozen=True)
class Story:
    """A case opened ``age`` hours ago, and what happened to it since: (hours later, who, action, details)."""

    kind: str
    reason: str
    words: str
    age: float
    steps: list[tuple[float, str, str, dict[str, Any]]] = field(default_factory=list)
    in_money: bool = True
    amount: str = ""
    unshipped: bool = False
    bare: bool = False  # the buyer shows nothing, though the reason demands it


DAMAGED = "收到时杯口有裂纹，附照片。"
STORIES = [
    Story(Kind.REFUND_ONLY, "S02", "下单三天还没发货，不想等了。", 20, unshipped=True),
    Story(Kind.REFUND_ONLY, "Q01", DAMAGED, 46),
    Story(Kind.REFUND_ONLY, "L01", "物流显示签收，但我没有收到。", 22),
    Story(Kind.REFUND_ONLY, "C01", "Ordered by mistake, please cancel.", 5),
    Story(Kind.RETURN_REFUND, "C05", "七天无理由，未拆封。", 40),
    Story(Kind.RETURN_REFUND, "Q04", "颜色与图片差很多。", 3, bare=True),
    Story(Kind.EXCHANGE, "S03", "发错颜色，想换成米色。", 12),
    Story(Kind.COMPENSATION, "L02", "物流太慢，希望补偿。", 10, amount="20.00"),
    Story(Kind.REFUND_ONLY, "P01", "第二天就降价了，申请价保。", 60, [(8, "staff", "approve", {})]),
    Story(Kind.REFUND_ONLY, "S04", "少了一个配件。", 90, [(20, "manager", "approve", {})]),
    Story(Kind.REFUND_ONLY, "C02", "拍错了规格。", 130, [(5, "staff", "approve", {})]),
    Story(Kind.RETURN_REFUND, "C05", "尺寸不合适。", 80, [(9, "staff", "approve", {})]),
    Story(
        Kind.RETURN_REFUND,
        "Q02",
        "比描述的小一圈。",
        140,
        [
            (9, "staff", "approve", {}),
            (110, "staff", "receive", {"carrier": "顺丰 SF Express", "tracking": "SF1440028813"}),
        ],
    ),
    Story(
        Kind.RETURN_REFUND,
        "Q01",
        "用了一次就坏了。",
        200,
        [
            (9, "staff", "approve", {}),
            (70, "staff", "receive", {"carrier": "中通 ZTO", "tracking": "ZT7781200345"}),
            (90, "manager", "accept_return", {}),
        ],
    ),
    Story(
        Kind.REFUND_ONLY,
        "Q01",
        "有异味。",
        120,
        [(30, "staff", "reject", {"code": "R04", "note": "照片看不出质量问题。"})],
        bare=True,
    ),
    Story(
        Kind.REFUND_ONLY,
        "Q05",
        "灯不亮。",
        150,
        [
            (
                20,
                "staff",
                "reject",
                {"code": "R05", "note": "The window for this article is over."},
            ),
            (40, "staff", "escalate", {"note": "买家坚持不认可。The buyer insists."}),
        ],
        bare=True,
    ),
    Story(
        Kind.REFUND_ONLY,
        "Q03",
        "材质不是纯棉。",
        190,
        [
            (20, "manager", "reject", {"code": "R04", "note": "Label says 100 % cotton."}),
            (40, "staff", "escalate", {"note": "Buyer sent a laboratory note."}),
            (100, "platform", "uphold", {"note": "The laboratory note is conclusive."}),
        ],
        bare=True,
    ),
    Story(
        Kind.RETURN_REFUND,
        "C01",
        "不想要了。",
        110,
        [
            (9, "staff", "approve", {}),
            (30, "staff", "withdraw", {"note": "Buyer keeps it after all."}),
        ],
    ),
    Story(
        Kind.EXCHANGE,
        "Q02",
        "换大一码。",
        210,
        [
            (9, "staff", "approve", {}),
            (80, "staff", "receive", {"carrier": "京东物流", "tracking": "JD0093311782"}),
            (100, "staff", "accept_return", {}),
            (
                120,
                "staff",
                "ship_replacement",
                {"carrier": "顺丰 SF Express", "tracking": "SF-R{n}-5510"},
            ),
        ],
    ),
    Story(
        Kind.REFUND_ONLY,
        "S01",
        "店家说没货了。",
        70,
        [(24.1, "timer", "auto_approve", {})],
        unshipped=True,
    ),
]


def tell(orders: list[Order], staff: User, people: dict[str, User], now: datetime) -> None:
    """Let every story happen to an order of its own."""
    manager = people["manager"] if staff == people["staff"] else staff
    cast = {"staff": person(staff), "manager": person(manager), "timer": system(TIMER)}
    cast["platform"] = person(people["platform"])
    waiting = [order for order in orders if order.stage == Stage.NOT_SHIPPED]
    arrived = [order for order in orders if order.stage == Stage.RECEIVED]
    for n, story in enumerate(STORIES):
        order = (waiting if story.unshipped else arrived).pop(0)
        opened = now - timedelta(hours=story.age)
        with happening(opened):
            case = open_case(order_id=order.pk, actor=cast["staff"], request=_request(story, order))
        if case.reason.evidence_needed and not story.bare:
            with happening(opened + timedelta(hours=0.2)):
                _step(case, cast["staff"], "attach", {"party": "buyer"}, order.store_id * 100 + n)
        for hours, who, action, details in story.steps:
            with happening(opened + timedelta(hours=hours)):
                _step(case, cast[who], action, details, order.store_id * 100 + n)


def _request(story: Story, order: Order) -> Request:
    line = order.lines.all()[0]
    return Request(
        kind=story.kind,
        reason_code=story.reason,
        lines=[] if story.amount else [LineRequest(line.pk, 1)],
        amount=Decimal(story.amount) if story.amount else None,
        in_money=story.in_money,
        reason_text=story.words,
    )


def _step(case: RefundCase, actor: Actor, action: str, details: dict[str, Any], n: int) -> None:
    details = {k: v.format(n=n) if isinstance(v, str) else v for k, v in details.items()}
    if action == "attach":
        details["file"] = picture("开箱照片 unboxing.png", n)
    if "code" in details:
        details["code"] = RejectCode.objects.get(code=details["code"])
    perform(action, case_id=case.pk, actor=actor, **details)
