"""Personal data in the demo: a buyer who was erased, one whose erasing waits, and who looked at what."""

from datetime import datetime, timedelta
from decimal import Decimal

from django.urls import reverse

from backoffice.actors import INSTALLER, person, system
from backoffice.audit.recording import recorded
from backoffice.models import User
from backoffice.privacy.reading import looking
from merchants.models import Store
from orders import erasing
from orders.models import Buyer, Order, OrderLine, Payment
from refunds.demo.pictures import picture
from refunds.demo.time import happening
from refunds.intake import LineRequest, Request, open_case
from refunds.models import Kind, RefundCase
from refunds.workflow import perform

LETTER = "来信要求删除个人信息，附身份证明。Asked by letter, with a proof of identity."
MAIL = "客服邮件，已核对订单手机号。By e-mail; the order's telephone number was checked."


def tell(store: Store, who: dict[str, User], now: datetime) -> None:
    """One erased, one waiting, and some readings."""
    gone = _long_ago(store, "E0901", "钱梦瑶", now - timedelta(days=75), who["staff"])
    waits = _long_ago(store, "E0902", "Jonas Lindqvist", now - timedelta(days=52), who["staff"])
    platform, legal = person(who["platform"]), person(who["legal"])
    with happening(now - timedelta(days=3)):
        asked = erasing.ask(order_id=gone.order_id, actor=platform, reason=LETTER)
    with happening(now - timedelta(days=2)):
        erasing.confirm(erasure_id=asked.pk, actor=legal)
    with happening(now - timedelta(hours=5)):
        erasing.ask(order_id=waits.order_id, actor=platform, reason=MAIL)
    _look(waits, who["staff"], now - timedelta(hours=7))
    _look(waits, who["supervisor"], now - timedelta(hours=6))
    _look(
        waits, who["auditor"], now - timedelta(hours=2), "年度抽查。Sampled for the yearly audit."
    )


def _long_ago(store: Store, code: str, name: str, at: datetime, staff: User) -> RefundCase:
    """A buyer whose only case was withdrawn some weeks ago."""
    with recorded(system(INSTALLER), "Part of the demo."), happening(at - timedelta(days=2)):
        buyer = Buyer.objects.create(store=store, code=code, name=name, country="CN")
        order = Order.objects.create(
            store=store, number=f"AP{at:%y%m%d}{code}", buyer=buyer, currency=store.currency,
            placed_at=at - timedelta(days=2),
        )  # fmt: skip
        line = OrderLine.objects.create(
            order=order, position=1, sku="AH-1005", title="不锈钢保温杯 Steel tumbler 500 ml",
            category="Kitchen", quantity=1, unit_price=Decimal("89.00"),
        )  # fmt: skip
        Payment.objects.create(
            order=order, reference=f"4200{at:%y%m%d%H%M%S}", method="alipay", amount=line.amount,
            paid_at=at - timedelta(days=2),
        )  # fmt: skip
    actor, lines = person(staff), [LineRequest(line.pk, 1)]
    words = "杯盖漏水，电话13900001234，请尽快处理。"
    request = Request(kind=Kind.REFUND_ONLY, reason_code="C01", lines=lines, reason_text=words)
    with happening(at):
        case = open_case(order_id=order.pk, actor=actor, request=request)
        perform("attach", case_id=case.pk, actor=actor, file=picture("杯盖 lid.png", 40))
    with happening(at + timedelta(hours=3)):
        return perform(
            "withdraw", case_id=case.pk, actor=actor, note="买家撤回。Withdrawn by phone."
        )


def _look(case: RefundCase, reader: User, at: datetime, reason: str = "") -> None:
    """Somebody reads the buyer's name and words on the case's page."""
    page = reverse("admin:refunds_refundcase_change", args=[case.pk])
    with happening(at), looking(reader, page) as look:
        if reason:
            look.uncover(reason)
        fresh = RefundCase.objects.select_related("order__buyer__store").get(pk=case.pk)
        str(fresh.order.buyer)
        str(fresh.reason_text)
