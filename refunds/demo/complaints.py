"""Complaints in the demo: one that is new, one that waits for the buyer, one that is late, one resolved."""

from datetime import datetime, timedelta
from typing import Any

from backoffice.actors import person
from backoffice.models import User
from merchants.models import Store
from refunds.complaints.ticking import look_at_complaints
from refunds.demo.time import happening
from refunds.models import RefundCase, State
from refunds.workflow import perform

Step = tuple[float, str, str, dict[str, Any]]
ANSWER = "很抱歉让您久等，仓库已核实，补发的配件明天寄出。"
# hours ago, the state of the case, what the buyer says, and what was done: (hours later, who, action, details)
STORIES: list[tuple[float, str, str, list[Step]]] = [
    (0.5, State.REQUESTED, "申请两天了没人理，电话也打不通。", []),
    (
        5,
        State.REFUNDED,
        "说已退款，我的账户里没有看到。",
        [
            (1, "staff", "acknowledge_complaint", {"note": "已电话告知正在核实。"}),
            (2, "staff", "await_buyer", {"note": "请买家提供收款账户的流水截图。"}),
        ],
    ),
    (27, State.REJECTED, "客服态度很差，一直让我自己找快递。", []),
    (
        96,
        State.REVIEWED,
        "配件一直没补，问了三次都说在处理。",
        [
            (1, "staff", "acknowledge_complaint", {}),
            (6, "staff", "answer_complaint", {"words": ANSWER}),
            (
                50,
                "supervisor",
                "resolve_complaint",
                {"outcome": "justified", "words": "配件已签收，另赠 20 元优惠券致歉。"},
            ),
        ],
    ),
]


def tell(store: Store, people: dict[str, User], now: datetime) -> None:
    """Let each story happen to a case of ``store``; the timer escalates what nobody answers."""
    for hours, state, words, steps in STORIES:
        begun = now - timedelta(hours=hours)
        cases = RefundCase.objects.filter(store=store, state=state, requested_at__lt=begun)
        case = cases.filter(complaints=None).order_by("-requested_at").first()
        if case is None:
            continue
        _do(case, people["staff"], begun, "complain", {"words": words})
        for later, who, action, details in steps:
            _do(case, people[who], begun + timedelta(hours=later), action, details)
    with happening(now):
        look_at_complaints()


def _do(case: RefundCase, user: User, at: datetime, action: str, details: dict[str, Any]) -> None:
    with happening(at):
        perform(action, case_id=case.pk, actor=person(user), **details)
