"""Instant approval in the demo: a case that a rule decided, a buyer to look at, a flag, a what-if."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from zlib import crc32

from backoffice.actors import INSTALLER, person, system
from backoffice.audit.recording import recorded
from backoffice.models import User
from merchants.models import Store
from orders.models import Buyer, Order, OrderLine, Payment, Shipment
from refunds.demo.pictures import picture
from refunds.demo.time import happening
from refunds.intake import LineRequest, Request, open_case
from refunds.models import FlaggedSku, Kind, RefundCase, RejectCode, Stage
from refunds.whatif.asking import ask
from refunds.whatif.draft import in_force
from refunds.whatif.running import carry_on
from refunds.workflow import perform

CANDLE = ("AH-1004", "香薰蜡烛 Scented candle", "29.90")
REGULAR = "Liu Yang 刘洋"
# days ago, what the regular said, and how it went
REGULARS = [
    (61, "收到是空包。", "approve"),
    (47, "少了一件。", "approve"),
    (33, "又是空包。", "abuse"),
    (19, "味道不对。", "approve"),
    (6, "杯子碎了。", ""),
]


def switch(stores: Iterable[Store], *, on: bool) -> None:
    """The kill switch: the desk's other stories are decided by people and the timer."""
    why = "From today on, rules may decide." if on else "People decide until the rules are agreed."
    with recorded(system(INSTALLER), why):
        for store in stores:
            store.instant_approval = on
            store.save()


def tell(store: Store, people: dict[str, User], now: datetime) -> None:
    """Let it happen, oldest first."""
    with recorded(system(INSTALLER), "Part of the demo."):
        flag = "烛杯批次炸裂 A batch of glasses cracks: look at each."
        with happening(now - timedelta(days=2)):
            FlaggedSku.objects.create(store=store, sku="AH-1005", why=flag)
    for days, words, end in REGULARS:
        _regular(store, people, now - timedelta(days=days), words, end)
    _at_once(store, people, now - timedelta(hours=7))
    _not_picked(store, people, now - timedelta(hours=3))


def ask_what_if(store: Store, manager: User, now: datetime) -> None:
    """The manager asks what more trust would have been: rules up to ¥150, a review within a day."""
    scenario = in_force(store, now)
    changes: dict[str, dict[str, Any]] = {
        f"rule_{rule.pk}": {"most_amount": "150.00"} for rule in scenario.rules if rule.most_amount
    }
    for policy in scenario.policies:
        if policy.kind == Kind.REFUND_ONLY and policy.stage == Stage.RECEIVED:
            changes[f"policy_{policy.pk}"] = {"review_hours": 24, "at_deadline": "approve"}
    replay = ask(
        store_id=store.pk,
        since=(now - timedelta(days=70)).date(),
        until=now.date(),
        title="放宽试算 More trust: ¥150, one day",
        changes=changes,
        actor=person(manager),
    )
    carry_on(replay)


def _at_once(store: Store, people: dict[str, User], at: datetime) -> None:
    """A cracked candle: the photo comes twenty minutes later, and a rule decides."""
    case = _opened(_order(store, "Chen Xi 陈曦", at), people, at, "S04", "少了杯盖，不想退货了。")
    with happening(at + timedelta(minutes=20)):
        _show(case, people["staff"], 41)


def _not_picked(store: Store, people: dict[str, User], at: datetime) -> None:
    """An order that is cancelled before the warehouse took it from the shelf."""
    told = _order(store, "Guo Min 郭敏", at - timedelta(days=3))
    with recorded(system(INSTALLER), "Part of the demo."), happening(at - timedelta(days=3)):
        told.picked_at = at - timedelta(days=3)
        told.save()
    order = _order(store, "Ma Li 马丽", at, shipped=False)
    _opened(order, people, at, "C01", "刚下单就后悔了，还没发货吧？")


def _regular(store: Store, people: dict[str, User], at: datetime, words: str, end: str) -> None:
    """One more case of a buyer who asks often."""
    case = _opened(_order(store, REGULAR, at), people, at, "L03", words)
    staff, manager = person(people["staff"]), person(people["supervisor"])
    with happening(at + timedelta(hours=9)):
        if end == "approve":
            _show(case, people["staff"], at.day)
            if RefundCase.objects.get(pk=case.pk).state == "requested":
                perform("approve", case_id=case.pk, actor=staff)
        elif end == "abuse":
            code = RejectCode.objects.get(code="R07")
            note = "Third empty parcel; the carrier weighed it full."
            perform("reject", case_id=case.pk, actor=manager, code=code, note=note)


def _opened(
    order: Order, people: dict[str, User], at: datetime, reason: str, words: str
) -> RefundCase:
    request = Request(
        kind=Kind.REFUND_ONLY,
        reason_code=reason,
        lines=[LineRequest(order.lines.all()[0].pk, 1)],
        reason_text=words,
    )
    with happening(at):
        return open_case(order_id=order.pk, actor=person(people["staff"]), request=request)


def _show(case: RefundCase, staff: User, hue: int) -> None:
    perform(
        "attach",
        case_id=case.pk,
        actor=person(staff),
        file=picture("开箱照片 unboxing.png", hue),
        party="buyer",
    )


def _order(store: Store, buyer: str, at: datetime, *, shipped: bool = True) -> Order:
    """An order of one candle, placed some days before ``at``."""
    placed = at - timedelta(days=5 if shipped else 0, hours=1)
    sku, title, price = CANDLE
    with recorded(system(INSTALLER), "Part of the demo."), happening(placed):
        who, _made = Buyer.objects.get_or_create(
            store=store,
            code=f"V{crc32(buyer.encode()) % 10_000:04}",
            defaults={"name": buyer, "country": "CN"},
        )
        order = Order.objects.create(
            store=store, number=f"AI{at:%y%m%d%H%M}", buyer=who, currency=store.currency,
            placed_at=placed,
        )  # fmt: skip
        OrderLine.objects.create(
            order=order, position=1, sku=sku, title=title, category="Decoration", quantity=1,
            unit_price=price,
        )  # fmt: skip
        Payment.objects.create(
            order=order, reference=f"4300{at:%y%m%d%H%M}", method="alipay", amount=price,
            paid_at=placed,
        )  # fmt: skip
        if shipped:
            Shipment.objects.create(
                order=order, carrier="顺丰 SF Express", tracking=f"SF88{at:%y%m%d%H%M}",
                shipped_at=placed + timedelta(hours=9), delivered_at=placed + timedelta(days=2),
            )  # fmt: skip
    return order
