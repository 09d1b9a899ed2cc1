"""Which way money goes back to a buyer, and when the way that it came is closed.

A provider takes a payment back for so many days, in so many parts, and no more than it was. What cannot
go back that way is paid by bank transfer, once finance knows to which account.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Exists, OuterRef, Q, Subquery
from django.db.models.lookups import GreaterThanOrEqual, IsNull
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from backoffice import clock, money
from backoffice.exceptions import BadInput
from backoffice.money import ZERO
from backoffice.privacy.keys import lost
from orders.models import Payment
from refunds.bankfiles.transfers import ACCOUNT, BIC, CNAPS, LIKE_IBAN, bare, is_iban
from refunds.models import Payout, RefundCase, RouteLimit

Method = Payout.Method


@dataclass(frozen=True)
class Way:
    """How a payout goes, and where to."""

    method: str
    destination: str = ""
    payee: str = ""
    bank_code: str = ""


def way_of(case: RefundCase, payment: Payment | None) -> Way:
    """The way that the case asks for; by bank where the original one is closed, or too narrow.

    A bank transfer has no destination yet: finance writes it on the payout.
    """
    if case.pay_by == Method.CREDIT:
        return Way(Method.CREDIT, case.order.buyer.code if case.order.buyer else case.order.number)
    if case.pay_by == Method.BANK or payment is None or objection(payment, case.ready_amount):
        return Way(Method.BANK)
    return Way(Method.ORIGINAL, payment.reference)


def checked(way: Way, payout: Payout) -> Way:
    """``way`` as it is written down on ``payout``; raises ``BadInput`` where its money cannot go it."""
    case, payment = payout.case, payout.payment
    if way.method == Method.BANK:
        return _to_account(way)
    if way.method == Method.CREDIT:
        return Way(Method.CREDIT, case.order.buyer.code if case.order.buyer else case.order.number)
    if way.method != Method.ORIGINAL:
        raise BadInput(_("Choose the original route, a bank transfer or store credit."))
    if payment is None:
        raise BadInput(_("This order has no payment on record. Choose another method."))
    if why := objection(payment, payout.amount, without=payout):
        raise BadInput(why)
    return Way(Method.ORIGINAL, payment.reference)


def _to_account(way: Way) -> Way:
    """The account as a bank will take it: what could never be sealed is not written down."""
    account, code = bare(way.destination), bare(way.bank_code)
    if not ACCOUNT.fullmatch(account):
        raise BadInput(_("Write the account as letters and digits: an IBAN, or 5 to 34 of them."))
    if LIKE_IBAN.fullmatch(account) and not is_iban(account):
        raise BadInput(
            _(
                "This looks like an IBAN, but its check digits are wrong. Compare it with the buyer's."
            )
        )
    if code and not BIC.fullmatch(code) and not CNAPS.fullmatch(code):
        raise BadInput(
            _("Write the bank's BIC (8 or 11 characters) or its CNAPS code (12 digits).")
        )
    if not code and not is_iban(account):
        raise BadInput(_("The account is no IBAN, so write its bank's BIC or CNAPS code, too."))
    if not way.payee.strip():
        raise BadInput(_("Write whose account it is: the bank compares the name."))
    return Way(Method.BANK, account, way.payee.strip(), code)


def objection(payment: Payment, amount: Decimal, *, without: Payout | None = None) -> str:
    """Why ``amount`` cannot go back the way of ``payment``, as a sentence; empty where it can.

    ``without`` is a payout that does not count as taken.
    """
    but = without.pk if without else None
    parts = [part for part in _taken([payment])[payment.pk] if part.pk != but]
    (gone,) = lost([payment.reference])
    return Limits().objection(payment, amount, parts, gone=gone)


def closed_routes(payouts: Iterable[Payout]) -> dict[Payout, str]:
    """Those of ``payouts`` that cannot go back the way that they came any more, and why.

    Of one payment, what was queued before comes first.
    """
    rows = [row for row in payouts if row.method == Method.ORIGINAL and row.payment_id]
    payments = Payment.objects.select_related("order").in_bulk({row.payment_id for row in rows})
    limits, taken = Limits(), _taken(payments.values())
    erased = dict(zip(payments, lost(row.reference for row in payments.values()), strict=True))
    found: dict[Payout, str] = {}
    for row in rows:
        payment = payments[row.payment_id]
        before = [part for part in taken[payment.pk] if part.pk < row.pk]
        if why := limits.objection(payment, row.amount, before, gone=erased[payment.pk]):
            found[row] = why
    return found


class Part(NamedTuple):
    """A payout that takes a part of a payment back; what came back again is none of the money."""

    pk: int
    amount: Decimal


def _taken(payments: Iterable[Payment]) -> defaultdict[int, list[Part]]:
    """The parts of each payment that went back, or wait to, by its id; one query."""
    rows = Payout.objects.filter(payment__in=list(payments), method=Method.ORIGINAL)
    rows = rows.exclude(state__in=(Payout.State.FAILED, Payout.State.CANCELLED))
    found: defaultdict[int, list[Part]] = defaultdict(list)
    for payment, pk, amount, state in rows.values_list("payment", "pk", "amount", "state"):
        found[payment].append(Part(pk, ZERO if state == Payout.State.RETURNED else amount))
    return found


def open_for_all(at: datetime) -> Q:
    """Cases whose every payment can be paid back the way that it came, whatever its channel.

    For many cases at once, so by the strictest limits: a case that is missed here is asked by itself. Of
    an order that was paid at once, and to whose buyer nothing went on top, the caps say that there is enough.
    """
    payments = Payment.objects.filter(order=OuterRef("order"))
    oldest = Subquery(payments.order_by("paid_at").values("paid_at")[:1])
    taken = Payout.objects.filter(case__order=OuterRef("order")).order_by("pk")
    on_top = taken.exclude(purpose=Payout.Purpose.REFUND)
    enough = ~Q(Exists(payments.order_by("pk")[1:2])) & ~Q(Exists(on_top))
    strictest = Limits().strictest
    if strictest is None:
        return Q(IsNull(oldest, False)) & enough
    days, refunds = strictest
    too_many = Exists(taken[refunds - 1 : refunds]) if refunds else Q(pk__isnull=False)
    return Q(GreaterThanOrEqual(oldest, at - timedelta(days=days))) & ~Q(too_many) & enough


class Limits:
    """The limits in force on a day, read once."""

    def __init__(self, day: date | None = None) -> None:
        self._by_channel: dict[str, RouteLimit] = {}
        for row in RouteLimit.objects.on(day or localdate(clock.now())):
            self._by_channel.setdefault(row.channel, row)

    def objection(
        self, payment: Payment, amount: Decimal, parts: Sequence[Part], *, gone: bool
    ) -> str:
        """Why ``amount`` cannot go back the way of ``payment`` beside its other ``parts``.

        ``gone``: its reference went with its buyer's data.
        """
        if gone:
            return _(
                "The payment's reference was erased with the buyer's personal data, so nothing goes back to it. "
                "Choose another method."
            )
        left = payment.amount - sum((part.amount for part in parts), ZERO)
        if amount > left:
            return _(
                "Only %(left)s of this payment is left, and no provider pays back more than it took. "
                "Choose another method."
            ) % {"left": money.show(max(left, ZERO), payment.order.currency)}
        limit = self.of(payment.method)
        if limit and payment.paid_at < clock.now() - timedelta(days=limit.days):
            return _(
                "The payment is older than %(days)d days, so its provider takes no refund any more. "
                "Choose another method."
            ) % {"days": limit.days}
        if limit and len(parts) >= limit.refunds:
            return _(
                "%(count)d parts of this payment went back already, and its provider takes no more. "
                "Choose another method."
            ) % {"count": len(parts)}
        return ""

    def of(self, channel: str) -> RouteLimit | None:
        """What counts for ``channel``: its own limit, or the common one."""
        return self._by_channel.get(channel) or self._by_channel.get("")

    @property
    def strictest(self) -> tuple[int, int] | None:
        """The fewest days and parts that any channel has; ``None`` where there is no limit."""
        rows = list(self._by_channel.values())
        return (min(r.days for r in rows), min(r.refunds for r in rows)) if rows else None
