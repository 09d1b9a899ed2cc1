"""A store that pays through the trial's provider: a batch that leaves at once, and one to release."""

from datetime import datetime, timedelta

from backoffice.actors import IMPORTER, TIMER, person, system
from backoffice.audit.recording import recorded
from backoffice.models import User
from merchants.models import Store
from orders.models import Order, OrderLine
from refunds.demo.money import build, release
from refunds.demo.time import happening
from refunds.intake import LineRequest, Request, open_case
from refunds.models import Kind, PayoutGateway
from refunds.workflow import perform

CANCELLED, SENT = 9, 5  # articles, and how many of their payouts leave when the demo starts


def tell(store: Store, orders: list[Order], people: dict[str, User], now: datetime) -> None:
    """Buyers cancelled orders, nobody looked, and the timer approved; finance pays through a gateway."""
    began = happening(
        now - timedelta(days=3)
    )  # days on which nothing was booked are held to account, too
    with (
        began,
        recorded(person(people["platform"]), "The store's contract with its provider began."),
    ):
        PayoutGateway.objects.create(store=store, provider="sandbox", account="demo")
    waiting = OrderLine.objects.filter(order__in=orders, order__shipments=None)
    for line in waiting.order_by("unit_price", "pk")[:CANCELLED]:
        _cancel(line, now)
    with happening(now - timedelta(minutes=30)):
        first = build(store, people["finance"], SENT)
        build(store, people["finance"], CANCELLED - SENT)
    with happening(now - timedelta(minutes=10)):
        release(first, people["checker"])


def _cancel(line: OrderLine, now: datetime) -> None:
    request = Request(
        kind=Kind.REFUND_ONLY,
        reason_code="C01",
        lines=[LineRequest(line.pk, 1)],
        reason_text="买家在平台上取消了订单。",
    )
    with happening(now - timedelta(hours=30)):
        case = open_case(order_id=line.order_id, actor=system(IMPORTER), request=request)
    with happening(now - timedelta(hours=5)):
        perform("auto_approve", case_id=case.pk, actor=system(TIMER))
