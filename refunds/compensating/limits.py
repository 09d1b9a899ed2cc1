"""How much each role may approve, and how much may be given at all. Rows of data; no row, no power."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Sum
from django.utils.translation import gettext as _

from backoffice import money
from backoffice.exceptions import BadInput
from backoffice.money import ZERO
from orders.models import Order
from refunds.compensating.kinds import Type, fixed_by_law, type_of
from refunds.models import Compensation, CompensationLimit, Kind, RefundCase
from refunds.shares import share

CURRENCY = "CNY"  # of the limits' amounts; in another currency an amount says nothing


def rows(roles: Iterable[str] | None = None) -> list[CompensationLimit]:
    """The limits of ``roles``, or of every role."""
    limits = CompensationLimit.objects.all()
    return list(limits if roles is None else limits.filter(role__in=list(roles)))


@dataclass(frozen=True)
class Worth:
    """An amount to give, what was paid for its goods, and the same for the whole order.

    ``before`` is what other cases of the order give already: a large compensation in small parts
    is a large one.
    """

    type: str
    amount: Decimal
    goods: Decimal
    before: Decimal
    order_goods: Decimal
    currency: str

    def pairs(self) -> list[tuple[Decimal, Decimal]]:
        """Amount and goods, by itself and with all that the order has had."""
        return [(self.amount, self.goods), (self.before + self.amount, self.order_goods)]


def worth_of(case: RefundCase, amount: Decimal) -> Worth:
    """``amount`` for this case, with what it is measured by."""
    lines = list(case.lines.select_related("order_line"))
    paid = [share(line.order_line, line.quantity, case.currency) for line in lines]
    return worth(case.order, type_of(case), amount, sum(paid, ZERO) if lines else None, case)


def worth(
    order: Order, kind: str, amount: Decimal, goods: Decimal | None, case: RefundCase | None = None
) -> Worth:
    """``amount`` for the ``goods`` of ``order``, or – ``None`` – for the order as a whole."""
    everything = sum((line.amount for line in order.lines.all()), ZERO)
    return Worth(
        type=kind,
        amount=amount,
        goods=everything if goods is None else goods,
        before=_before(order, case),
        order_goods=everything,
        currency=order.currency,
    )


def _before(order: Order, case: RefundCase | None) -> Decimal:
    """What other cases of the order give or gave, but for what the law fixes."""
    others = RefundCase.objects.filter(
        order=order, kind=Kind.COMPENSATION, state__in=RefundCase.LIVE, amount_approved__gt=0
    ).exclude(compensations__type__in=Compensation.STATUTORY)
    if case is not None:
        others = others.exclude(pk=case.pk)
    return others.aggregate(sum=Sum("amount_approved"))["sum"] or ZERO


def covers(limit: CompensationLimit, worth: Worth) -> bool:
    """Whether the role of ``limit`` may approve it without anybody else.

    An amount that the law fixes has neither percent nor cap. Nothing is rounded: a cent above the
    percent is above it. A limit in money covers no other currency.
    """
    if fixed_by_law(worth.type):
        return _in_money(limit, worth.amount, worth.currency)
    return all(
        _in_money(limit, amount, worth.currency)
        and _within(limit.percent, amount, goods)
        and (worth.type == Type.FREIGHT or _within(limit.cap_percent, amount, goods))
        for amount, goods in worth.pairs()
    )


def _in_money(limit: CompensationLimit, amount: Decimal, currency: str) -> bool:
    return limit.amount is None or (currency == CURRENCY and amount <= limit.amount)


def _within(percent: Decimal | None, amount: Decimal, goods: Decimal) -> bool:
    return percent is None or amount * 100 <= percent * goods


def check_cap(worth: Worth) -> None:
    """Raise ``BadInput`` above the highest cap of any role: nobody could approve that.

    Freight has the freight that was paid for its cap, and what the law fixes has none.
    """
    if fixed_by_law(worth.type) or worth.type == Type.FREIGHT:
        return
    percent = max((limit.cap_percent for limit in rows()), default=ZERO)
    for amount, goods in worth.pairs():
        if not _within(percent, amount, goods):
            most = percent * goods / 100 - (amount - worth.amount)
            raise BadInput(_too_much(worth, percent, goods, max(most, ZERO)))


def _too_much(worth: Worth, percent: Decimal, goods: Decimal, most: Decimal) -> str:
    unit = money.exponent(worth.currency)
    return _(
        "At most %(most)s may be given here: all compensation together stays within %(percent)s %% "
        "of the %(goods)s that was paid for the goods."
    ) % {
        "most": money.show(most // unit * unit, worth.currency),
        "percent": f"{percent.normalize():f}",
        "goods": money.show(goods, worth.currency),
    }
