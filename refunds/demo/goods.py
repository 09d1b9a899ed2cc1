"""What a store has on its shelves, and cases whose goods came back or were exchanged."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from backoffice.actors import INSTALLER, TIMER, Actor, person, system
from backoffice.audit.recording import recorded
from backoffice.models import User
from merchants.models import Store
from orders.models import Order, OrderLine, Stock
from refunds.demo.orders import ARTICLES
from refunds.demo.time import happening
from refunds.goods.pieces import Found
from refunds.intake import LineRequest, Request, open_case
from refunds.models import Kind, RefundCase, Stage
from refunds.workflow import perform

GONE = "AH-1005"  # nothing of it is left to exchange
SF = {"carrier": "顺丰 SF Express"}
ZTO = {"carrier": "中通 ZTO"}
CHATTED = "照片已在聊天中核对。The photos in the chat are clear."


@dataclass(frozen=True)
class GoodsStory:
    """A case about ``pieces`` of one article – of ``sku``, where it matters – and its steps."""

    kind: str
    reason: str
    words: str
    age: float
    steps: tuple[tuple[float, str, dict[str, Any]], ...]
    pieces: int = 1
    sku: str = ""


STORIES = [
    GoodsStory(
        Kind.RETURN_REFUND,
        "C05",
        "两件都退，包装完好。",
        120,
        (
            (5, "approve", {}),
            (40, "send_back", {**SF, "tracking": "SF1440091177"}),
            (88, "receive", {}),
            (
                100,
                "accept_return",
                {"sound": 1, "damaged": 1, "note": "一件有使用痕迹。One shows traces of use."},
            ),
        ),
        pieces=2,
    ),
    GoodsStory(
        Kind.RETURN_REFUND,
        "C01",
        "不喜欢，已寄回。",
        90,
        ((6, "approve", {}), (60, "send_back", {**ZTO, "tracking": "ZT7781244091"})),
    ),
    GoodsStory(
        Kind.EXCHANGE,
        "Q01",
        "收到就是坏的，想换一个新的。",
        130,
        (
            (8, "approve", {"note": CHATTED}),
            (60, "receive", {**SF, "tracking": "SF1440077310"}),
            (
                70,
                "accept_return",
                {"damaged": 1, "send": 1, "note": "Broken on arrival, as the buyer said."},
            ),
            (74, "ship_replacement", {**SF, "tracking": "SF1440080042"}),
        ),
    ),
    GoodsStory(
        Kind.EXCHANGE, "Q04", "换一个颜色正常的。", 30, ((7, "approve", {"note": CHATTED}),)
    ),
    GoodsStory(
        Kind.EXCHANGE,
        "Q05",
        "保温效果不好，换一个。",
        70,
        (
            (
                20,
                "convert",
                {
                    "kind": Kind.RETURN_REFUND,
                    "agreed": True,
                    "note": "已缺货，买家同意退款。Out of stock; the buyer agreed by chat.",
                },
            ),
            (21, "approve", {"note": CHATTED}),
        ),
        sku=GONE,
    ),
    GoodsStory(
        Kind.EXCHANGE, "C05", "想换个颜色，未使用。", 60, ((49, "auto_approve", {}),), sku=GONE
    ),
]


def count_stock(store: Store) -> None:
    """What the store has of each of its articles."""
    with recorded(system(INSTALLER), "Part of the demo."):
        for n, (sku, _title, _category, _price) in enumerate(ARTICLES[store.code]):
            on_hand = 0 if sku == GONE else 6 + 7 * n
            Stock.objects.create(store=store, sku=sku, on_hand=on_hand)


def tell(orders: list[Order], staff: User, now: datetime) -> None:
    """Let every story happen to an order that no other story has taken."""
    for story in STORIES:
        line = next(_fitting(orders, story))
        opened = now - timedelta(hours=story.age)
        with happening(opened):
            case = open_case(
                order_id=line.order_id, actor=person(staff), request=_request(story, line)
            )
        for hours, action, details in story.steps:
            actor = system(TIMER) if action == "auto_approve" else person(staff)
            with happening(opened + timedelta(hours=hours)):
                _step(case, actor, action, details)


def _fitting(orders: list[Order], story: GoodsStory) -> Iterator[OrderLine]:
    for order in orders:
        if order.stage == Stage.RECEIVED and not order.cases.exists():
            for line in order.lines.all():
                if (
                    line.quantity >= story.pieces
                    and story.sku in ("", line.sku)
                    and (story.sku or line.sku != GONE)
                ):
                    yield line


def _request(story: GoodsStory, line: OrderLine) -> Request:
    return Request(
        kind=story.kind,
        reason_code=story.reason,
        lines=[LineRequest(line.pk, story.pieces)],
        reason_text=story.words,
    )


def _step(case: RefundCase, actor: Actor, action: str, details: dict[str, Any]) -> None:
    if action == "accept_return":
        details = details | _inspected(case, **details)
    perform(action, case_id=case.pk, actor=actor, **details)


def _inspected(
    case: RefundCase, *, sound: int = 0, damaged: int = 0, send: int | None = None, **_more: Any
) -> dict[str, Any]:
    line = case.lines.get()
    counted: dict[str, Any] = {"found": [Found(line.pk, sound, damaged)]}
    return counted if send is None else counted | {"send": {line.pk: send}}
