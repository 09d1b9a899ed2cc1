"""What is left to refund: never more than was paid, per line, for the freight, and for the order.

Everything that is paid, in flight or asked for counts – but for damages: they are paid on top of
what the buyer paid, and have a cap of their own (``compensating/damages.py``). The caller holds
the order's lock.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import QuerySet, Sum
from django.db.models.functions import Coalesce

from backoffice.among import Among
from backoffice.money import ZERO, show
from backoffice.sentences import sentence as _
from orders.models import Order, OrderLine
from refunds.exceptions import RefundExceedsBalance
from refunds.models import CaseLine, Compensation, Kind, RefundCase


@dataclass(frozen=True)
class Claim:
    """So many pieces and so much money of one order line."""

    line: OrderLine
    quantity: int
    amount: Decimal


@dataclass(frozen=True)
class Balance:
    """What is left of an order: pieces and money by line id, freight, and money in all."""

    quantities: dict[int, int]
    amounts: dict[int, Decimal]
    freight: Decimal
    total: Decimal

    def after(
        self, claims: Iterable[Claim], freight: Decimal, total: Decimal, *, in_money: bool
    ) -> "Balance":
        """What is left once a case claims these pieces, and – in money – these amounts."""
        pieces, amounts = dict(self.quantities), dict(self.amounts)
        for claim in claims:
            pieces[claim.line.pk] -= claim.quantity
            amounts[claim.line.pk] -= claim.amount if in_money else ZERO
        if not in_money:
            return Balance(pieces, amounts, self.freight, self.total)
        return Balance(pieces, amounts, self.freight - freight, self.total - total)


def balance(order: Order, *, without: RefundCase | None = None) -> Balance:
    """What is left of ``order`` after every case but ``without``, in the order's currency."""
    return balances([order], without=without)[order.pk]


def balances(orders: Sequence[Order], *, without: RefundCase | None = None) -> dict[int, Balance]:
    """What is left of each order, by its id: the same few queries for many as for one."""
    cases = RefundCase.objects.filter(
        Among("order", [order.pk for order in orders]), state__in=RefundCase.LIVE
    ).order_by()
    if without is not None:
        cases = cases.exclude(pk=without.pk)
    money = cases.filter(in_money=True).exclude(compensations__type__in=Compensation.DAMAGES)
    pieces = _by_line(
        CaseLine.objects.filter(case__in=cases.exclude(kind=Kind.COMPENSATION)), "quantity"
    )
    amounts = _by_line(CaseLine.objects.filter(case__in=money), _decided("amount"))
    sums = money.values("order").annotate(
        freight_taken=Sum(_decided("freight")), taken=Sum(_decided("amount"))
    )
    taken = {
        order: (freight, total)
        for order, freight, total in sums.values_list("order", "freight_taken", "taken")
    }
    return {
        order.pk: _left(order, pieces, amounts, *taken.get(order.pk, (ZERO, ZERO)))
        for order in orders
    }


def _left(
    order: Order,
    pieces: Mapping[int, Decimal],
    amounts: Mapping[int, Decimal],
    freight: Decimal,
    total: Decimal,
) -> Balance:
    lines = list(order.lines.all())
    return Balance(
        quantities={line.pk: line.quantity - int(pieces.get(line.pk, 0)) for line in lines},
        amounts={line.pk: line.amount - amounts.get(line.pk, ZERO) for line in lines},
        freight=order.freight - freight,
        total=order.paid - total,
    )


def _decided(name: str) -> Coalesce:
    return Coalesce(f"{name}_approved", f"{name}_requested")


def _by_line(lines: QuerySet[CaseLine], what: str | Coalesce) -> dict[int, Decimal]:
    return dict(lines.order_by().values_list("order_line").annotate(taken=Sum(what)))


def check(
    order: Order,
    *,
    kind: str,
    claims: Iterable[Claim],
    freight: Decimal,
    total: Decimal,
    without: RefundCase | None = None,
    in_money: bool = True,
) -> None:
    """Raise ``RefundExceedsBalance`` when the claims are more than what is left of ``order``."""
    left = balance(order, without=without)
    compare(left, order, kind=kind, claims=claims, freight=freight, total=total, in_money=in_money)


def compare(
    left: Balance,
    order: Order,
    *,
    kind: str,
    claims: Iterable[Claim],
    freight: Decimal,
    total: Decimal,
    in_money: bool = True,
) -> None:
    """The same for who knows already what is ``left``."""
    for claim in claims:
        if kind != Kind.COMPENSATION:
            _check_quantity(claim, left)
        if in_money:
            _check_amount(claim, left, order)
    if not in_money:
        return
    if freight > left.freight:
        raise RefundExceedsBalance(
            _("Only %(left)s of the freight is left to refund.")
            % {"left": show(max(left.freight, ZERO), order.currency)}
        )
    if total > left.total:
        raise RefundExceedsBalance(
            _("Only %(left)s of what the buyer paid for this order is left to refund.")
            % {"left": show(max(left.total, ZERO), order.currency)}
        )


def _check_quantity(claim: Claim, left: Balance) -> None:
    pieces = left.quantities[claim.line.pk]
    if claim.quantity > pieces:
        raise RefundExceedsBalance(
            _("Line %(line)s: only %(left)d of the %(bought)d bought are left to refund.")
            % {"line": claim.line, "left": max(pieces, 0), "bought": claim.line.quantity}
        )


def _check_amount(claim: Claim, left: Balance, order: Order) -> None:
    amount = left.amounts[claim.line.pk]
    if claim.amount > amount:
        raise RefundExceedsBalance(
            _("Line %(line)s: only %(left)s is left to refund.")
            % {"line": claim.line, "left": show(max(amount, ZERO), order.currency)}
        )
