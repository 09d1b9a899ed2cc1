"""How colleagues share the work in the demo: claimed, assigned, asked twice, merged, asked again."""

from datetime import datetime, timedelta
from typing import Any

from backoffice.actors import person
from backoffice.models import User
from orders.models import Order
from refunds.demo.pictures import cup, receipt
from refunds.demo.time import happening
from refunds.intake import LineRequest, Request, open_case
from refunds.models import Kind, RefundCase, Stage
from refunds.workflow import perform

LEAST = 60  # a piece: more than the rules of the demo approve at once
CRACK = "杯身有一道裂纹，倒水会漏，附照片和小票。There is a crack; water runs out."


def tell(orders: list[Order], people: dict[str, User], now: datetime) -> None:
    """Each of these on an order of its own."""
    staff, supervisor = people["staff"], people["supervisor"]
    order = _next(orders, pieces=2)
    main = _opened(order, staff, now, 21, "Q04", "颜色偏黄。", files=[cup("颜色 colour.jpg", 4)])
    again = _opened(
        order, staff, now, 18, "Q04", "再发一次照片。", files=[cup("灯光下 in light.jpg", 5)]
    )
    _then(again, supervisor, "merge", now, 17, into=main, note="买家重复提交。Asked twice.")

    order = _next(orders, pieces=2)
    for hours in (16, 14):
        _opened(order, staff, now, hours, "C02", "拍错了，想退。Wrong one, sorry.")

    files = [
        cup("裂纹 crack.jpg", 1),
        cup("细节 close-up.jpg", 2, near=True),
        receipt("小票 receipt.pdf"),
    ]
    shown = _opened(_next(orders), staff, now, 30, "Q01", CRACK, files=files)
    _then(shown, staff, "claim", now, 28)
    _then(
        shown, staff, "attach", now, 27, file=[cup("发货前 before shipping.jpg", 3)], party="store",
        file_note="发货前质检照片 Taken when it was packed",
    )  # fmt: skip
    given = _opened(_next(orders), staff, now, 26, "C04", "忘记用优惠券了。I forgot my coupon.")
    _then(
        given, supervisor, "assign", now, 25, colleague=staff, note="你熟悉这位买家。You know her."
    )

    back = _opened(_next(orders), staff, now, 40, "C01", "不想要了。")
    _then(back, staff, "withdraw", now, 36, note="买家说先留着。")
    _then(back, supervisor, "reopen", now, 12, note="买家改变主意，仍在售后期内。Still in time.")


def _next(orders: list[Order], pieces: int = 1) -> Order:
    """The next order that arrived, of so many pieces at least, and not about trifles."""
    free = (o for o in orders if o.stage == Stage.RECEIVED and not o.cases.exists())
    first = ((order, order.lines.all()[0]) for order in free)
    order = next(o for o, line in first if line.unit_price >= LEAST and line.quantity >= pieces)
    orders.remove(order)
    return order


def _opened(
    order: Order, staff: User, now: datetime, hours: float, reason: str, words: str, **more: Any
) -> RefundCase:
    line = LineRequest(order.lines.all()[0].pk, 1)
    request = Request(
        kind=Kind.REFUND_ONLY, reason_code=reason, lines=[line], reason_text=words, **more
    )
    with happening(now - timedelta(hours=hours)):
        return open_case(order_id=order.pk, actor=person(staff), request=request)


def _then(
    case: RefundCase, user: User, action: str, now: datetime, hours: float, **details: Any
) -> None:
    with happening(now - timedelta(hours=hours)):
        perform(action, case_id=case.pk, actor=person(user), **details)
