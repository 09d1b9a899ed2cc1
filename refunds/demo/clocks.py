"""The clocks of the demo: a store with working hours, a paused case, an offer, and reminders."""

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any

from backoffice.actors import INSTALLER, Actor, person, system
from backoffice.audit.recording import recorded
from backoffice.models import User
from merchants.models import Store, WorkingCalendar, WorkingHours
from orders.models import Order
from refunds.clocks.reminders import send_reminders
from refunds.demo.time import happening
from refunds.intake import LineRequest, Request, open_case
from refunds.models import Kind, RefundCase, Stage
from refunds.workflow import perform

OPENS, CLOSES = time(9), time(21)
PAUSE = {"cause": "evidence", "hours": 36, "note": "请买家补拍商品标签。"}
OFFER = {"words": "商品可留用，我们退您一半货款，可以吗？", "note": "与买家电话沟通。"}


def tell(store: Store, orders: Iterable[Order], people: dict[str, User], now: datetime) -> None:
    """Give ``store`` its hours; then one case waits for evidence, and one for the buyer's answer."""
    _give_hours(store)
    staff = person(people["staff"])
    free = [o for o in orders if o.stage == Stage.RECEIVED and not o.cases.exists()]
    paused = _opened(free.pop(), staff, now - timedelta(hours=20), "尺寸比页面写的小。")
    _act(paused, staff, now - timedelta(hours=3), "pause", PAUSE)
    offered = _opened(free.pop(), staff, now - timedelta(hours=9), "颜色有一点色差。")
    half = (offered.amount_requested / 2).quantize(Decimal("0.01"))
    _act(offered, staff, now - timedelta(hours=2), "offer", {**OFFER, "amount": half})
    send_reminders()


def _give_hours(store: Store) -> None:
    with recorded(system(INSTALLER), "Part of the demo."):
        calendar = WorkingCalendar.objects.create(
            code="china-daytime", name="China, daytime", name_zh="中国大陆日间", country="CN"
        )
        for weekday in range(6):  # Monday to Saturday
            WorkingHours.objects.create(
                calendar=calendar, weekday=weekday, opens=OPENS, closes=CLOSES
            )
        store = Store.objects.get(pk=store.pk)
        store.calendar = calendar
        store.save()


def _opened(order: Order, staff: Actor, at: datetime, words: str) -> RefundCase:
    request = Request(
        kind=Kind.REFUND_ONLY,
        reason_code="Q04",
        lines=[LineRequest(order.lines.all()[0].pk, 1)],
        reason_text=words,
    )
    with happening(at):
        return open_case(order_id=order.pk, actor=staff, request=request)


def _act(case: RefundCase, staff: Actor, at: datetime, action: str, more: dict[str, Any]) -> None:
    with happening(at):
        perform(action, case_id=case.pk, actor=staff, **more)
