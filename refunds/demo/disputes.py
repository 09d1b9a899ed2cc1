"""A dispute with a thread and an appeal in the demo, and the stores' canned replies."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from backoffice.actors import Actor, person
from backoffice.audit.recording import recorded
from backoffice.models import User
from merchants.models import Store
from orders.models import Order
from refunds.demo.pictures import picture
from refunds.demo.time import happening
from refunds.intake import LineRequest, Request, open_case
from refunds.models import CannedReply, Kind, RejectCode, Stage
from refunds.workflow import perform

REPLIES = [
    (
        "Looking into it",
        "正在核实",
        "Dear {buyer},\nthank you for telling us. We are looking into case {case} about order "
        "{order} and answer by {due}.\n{store}",
        "{buyer}您好：\n已收到您的反馈，订单{order}（售后单{case}）正在核实，我们会在{due}前答复您。\n{store}",
    ),
    (
        "A photo, please",
        "请补充照片",
        "Dear {buyer},\nplease send us a photo that shows the fault ({reason}), so that we can "
        "decide at once.\n{store}",
        "{buyer}您好：\n请补充一张能看清问题（{reason}）的照片，我们收到后马上处理。\n{store}",
    ),
    (
        "Refund on its way",
        "退款已安排",
        "Dear {buyer},\n{amount} for order {order} is on its way to where you paid from.\n{store}",
        "{buyer}您好：\n订单{order}的{amount}已安排原路退回，请留意到账。\n{store}",
    ),
]
LEAST = 100  # a piece: more than the rules of the demo approve at once
PLEAD = "视频里是另一盏灯，底座颜色不同。The video shows another lamp: its base is black, ours is white."


@dataclass(frozen=True)
class Disputed:
    """A case that was rejected and taken to the platform: (hours later, who, action, details)."""

    reason: str
    words: str
    age: float
    steps: list[tuple[float, str, str, dict[str, Any]]] = field(default_factory=list)


def _said(hours: float, who: str, body: str, **more: str) -> tuple[float, str, str, dict[str, Any]]:
    return (hours, who, "message", {"body": body, **more})


def _noted(hours: float, who: str, body: str) -> tuple[float, str, str, dict[str, Any]]:
    return (hours, who, "note", {"body": body})


APPEALED = Disputed(
    "Q05",
    "灯带装上就不亮。",
    120,
    [
        _said(2, "staff", "您好，请问换过插座试试吗？方便发一段视频给我们看看。"),
        _said(5, "staff", "换了三个插座都不亮，视频已经上传了。", party="buyer"),
        (5.2, "staff", "attach", {"party": "buyer"}),
        _noted(6, "staff", "@supervisor 视频里的灯好像不是我们家的款，帮忙看一眼？"),
        _noted(7, "supervisor", "The base looks different. Reject, and say why. @staff"),
        (8, "staff", "reject", {"code": "R04", "note": "视频中的商品与订单不符。"}),
        (
            20,
            "staff",
            "escalate",
            {"claim": "就是这盏灯，不亮还说不是你们家的。", "note": "买家坚持。"},
        ),
        _said(30, "platform", "Store: please say by tomorrow how the two lamps differ."),
        _said(34, "supervisor", "底座颜色不同：视频为黑色，我们只售白色。"),
        (
            50,
            "platform",
            "uphold",
            {
                "liable": "store",
                "grounds": "The listing shows both colours, so the video may be of this lamp.",
                "note": "The listing shows both colours.",
            },
        ),
        (70, "manager", "appeal", {"words": PLEAD, "note": "The video shows another lamp."}),
        _noted(71, "manager", "@legal 已申诉，等平台复核，退款已冻结。"),
    ],
)
OPEN = Disputed(
    "L03",
    "箱子压扁，杯子碎了两个。",
    60,
    [
        (1, "staff", "attach", {"party": "buyer"}),
        (9, "staff", "reject", {"code": "R05", "note": "签收后第四天才反馈。"}),
        (
            22,
            "staff",
            "escalate",
            {"claim": "出差回来才拆箱，箱子压扁一看就知道。", "note": "买家申诉。"},
        ),
        _said(23, "staff", "我出差四天，回来当天就拍照了。", party="buyer"),
        _said(26, "staff", "签收时快递员当面确认外箱完好，签收单可提供。"),
        _noted(27, "staff", "物流那边还没回，先别答应。@manager"),
    ],
)


def write_replies(store: Store, author: User) -> None:
    """Three ready texts, in both languages."""
    with recorded(person(author), "Asked for every day."):
        for title, title_zh, body, body_zh in REPLIES:
            CannedReply.objects.create(
                store=store, title=title, title_zh=title_zh, body=body, body_zh=body_zh
            )


def tell(orders: list[Order], people: dict[str, User], now: datetime) -> None:
    """Let both disputes happen, each about an order of its own without a case."""
    free = [
        order
        for order in orders
        if order.stage == Stage.RECEIVED
        and not order.cases.exists()
        and order.lines.all()[0].unit_price > LEAST
    ]
    for story, order in zip((APPEALED, OPEN), free[::-1], strict=False):
        _happen(story, order, people, now - timedelta(hours=story.age))


def _happen(story: Disputed, order: Order, people: dict[str, User], opened: datetime) -> None:
    request = Request(
        kind=Kind.REFUND_ONLY,
        reason_code=story.reason,
        lines=[LineRequest(order.lines.all()[0].pk, 1)],
        reason_text=story.words,
    )
    with happening(opened):
        case = open_case(order_id=order.pk, actor=person(people["staff"]), request=request)
    for hours, who, action, details in story.steps:
        with happening(opened + timedelta(hours=hours)):
            _step(case.pk, person(people[who]), action, dict(details))


def _step(case_id: int, actor: Actor, action: str, details: dict[str, Any]) -> None:
    if action == "attach":
        details["file"] = picture("开箱视频截图 unboxing.png", case_id)
    if "code" in details:
        details["code"] = RejectCode.objects.get(code=details["code"])
    perform(action, case_id=case_id, actor=actor, **details)
