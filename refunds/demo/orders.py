"""Orders for the demo: plausible articles, buyers, prices and parcels."""

from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

from backoffice.money import ZERO
from merchants.models import Store
from orders.models import Buyer, Order, OrderLine, Payment, Shipment

ARTICLES = {
    "aurora-home": [
        ("AH-1001", "亚麻四件套 Linen bedding set, 4 pieces", "Bedding", "459.00"),
        ("AH-1002", "陶瓷台灯 Ceramic table lamp", "Lighting", "238.00"),
        (
            "AH-1003",
            "羊毛地毯 160×230 Wool rug, hand-tufted, natural dye, 160 × 230 cm",
            "Rugs",
            "1299.00",
        ),
        ("AH-1004", "香薰蜡烛 Scented candle", "Decoration", "29.90"),
        ("AH-1005", "不锈钢保温杯 Steel tumbler 500 ml", "Kitchen", "89.00"),
    ],
    "aurora-outdoor": [
        ("AO-2001", "双人帐篷 Two-person tent", "Tents", "699.00"),
        ("AO-2002", "羽绒睡袋 Down sleeping bag", "Sleeping", "859.00"),
        ("AO-2003", "头灯 Head torch", "Lighting", "119.00"),
    ],
    "lanshan-tea": [
        ("LT-3001", "明前龙井 250 g Longjing green tea", "Green tea", "368.00"),
        ("LT-3002", "老班章普洱 357 g Lao Banzhang pu-erh", "Pu-erh", "1288.00"),
        ("LT-3003", "紫砂壶 Yixing teapot", "Ware", "520.00"),
    ],
}
NAMES = [
    "陈思远",
    "林小雨",
    "王子轩",
    "赵雅琴",
    "周浩然",
    "吴晓彤",
    "徐嘉怡",
    "孙启明",
    "Emma Fischer",
    "Oliver Novák",
    "何婉清",
    "高志强",
    "Sofia Marchetti-Castellanos de la Vega",
    "郑凯文",
]
CARRIERS = ["顺丰 SF Express", "中通 ZTO", "京东物流 JD Logistics"]


def make_orders(store: Store, count: int, now: datetime, rng: Random) -> list[Order]:
    """``count`` orders of ``store`` over the last two weeks and a half, oldest first."""
    ages = sorted((rng.uniform(0.2, 16.5) for _ in range(count)), reverse=True)
    return [_order(store, n, now - timedelta(days=age), age, rng) for n, age in enumerate(ages, 1)]


def _order(store: Store, n: int, placed: datetime, age: float, rng: Random) -> Order:
    name = rng.choice(NAMES)
    buyer, _created = Buyer.objects.get_or_create(
        store=store, code=f"B{NAMES.index(name) + 1:04}", defaults={"name": name, "country": "CN"}
    )
    order = Order.objects.create(
        store=store,
        number=f"{store.code.split('-')[0][:2].upper()}{placed:%y%m%d}{n:04}",
        buyer=buyer,
        currency=store.currency,
        freight=Decimal(rng.choice(["0.00", "8.00", "12.00"])),
        placed_at=placed,
    )
    total = order.freight + sum(
        (_line(order, i, article, rng) for i, article in enumerate(_articles(store, rng), 1)), ZERO
    )
    Payment.objects.create(
        order=order,
        reference=f"4200{rng.randrange(10**12):012}",
        method="alipay",
        amount=total,
        paid_at=placed + timedelta(minutes=2),
    )
    if age > 1 and n % 7:  # every seventh is out of stock
        _ship(order, age, rng)
    return order


def make_dear_order(store: Store, now: datetime) -> Order:
    """An order of five rugs, which came two days ago: dearer than what one person may sign for."""
    sku, title, category, price = ARTICLES["aurora-home"][2]
    placed = now - timedelta(days=6)
    order = Order.objects.create(
        store=store,
        number=f"AU{placed:%y%m%d}9001",
        buyer=Buyer.objects.filter(store=store).order_by("pk").first(),
        currency=store.currency,
        placed_at=placed,
    )
    line = OrderLine.objects.create(
        order=order, position=1, sku=sku, title=title, category=category, quantity=5,
        unit_price=Decimal(price),
    )  # fmt: skip
    Payment.objects.create(
        order=order,
        reference="420099990001",
        method="alipay",
        amount=line.amount,
        paid_at=placed + timedelta(minutes=2),
    )
    Shipment.objects.create(
        order=order,
        carrier=CARRIERS[0],
        tracking="SF990001440028",
        shipped_at=placed + timedelta(hours=6),
        delivered_at=now - timedelta(days=2),
    )
    return order


def _articles(store: Store, rng: Random) -> list[tuple[str, str, str, str]]:
    choice = ARTICLES[store.code]
    return rng.sample(choice, rng.choice([1, 1, 2, 3]))


def _line(order: Order, position: int, article: tuple[str, str, str, str], rng: Random) -> Decimal:
    sku, title, category, price = article
    line = OrderLine.objects.create(
        order=order,
        position=position,
        sku=sku,
        title=title,
        category=category,
        quantity=rng.choice([1, 1, 1, 2, 3]),
        unit_price=Decimal(price),
        discount=Decimal(rng.choice(["0.00", "0.00", "5.00"])),
    )
    return line.amount


def _ship(order: Order, age: float, rng: Random) -> None:
    shipped = order.placed_at + timedelta(hours=rng.uniform(4, 20))
    delivered = shipped + timedelta(days=rng.uniform(1, 3))
    Shipment.objects.create(
        order=order,
        carrier=rng.choice(CARRIERS),
        tracking=f"SF{rng.randrange(10**12):012}",
        shipped_at=shipped,
        delivered_at=delivered if age > 5 else None,
    )
