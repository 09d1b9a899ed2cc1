"""Which way money goes back to a buyer, and when the way that it came is closed.

A provider takes a payment back for so many days and in so many parts only. What cannot go back that
way is paid by bank transfer, once finance knows to which account.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, Exists, OuterRef, Q, Subquery
from django.db.models.lookups import GreaterThanOrEqual, IsNull
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from backoffice import clock
from backoffice.exceptions import BadInput
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
    """The way that the case asks for; by bank where the original one is closed.

    A bank transfer has no destination yet: finance writes it on the payout.
    """
    if case.pay_by == Method.CREDIT:
        return Way(Method.CREDIT, case.order.buyer.code if case.order.buyer else case.order.number)
    if case.pay_by == Method.BANK or payment is None or objection(payment):
        return Way(Method.BANK)
    return Way(Method.ORIGINAL, payment.reference)


def checked(way: Way, case: RefundCase, payment: Payment | None) -> Way:
    """``way`` as it is written down; raises ``BadInput`` where money cannot go it."""
    if way.method == Method.BANK:
        return _to_account(way)
    if way.method == Method.CREDIT:
        return Way(Method.CREDIT, case.order.buyer.code if case.order.buyer else case.order.number)
    if way.method != Method.ORIGINAL:
        raise BadInput(_("Choose the original route, a bank transfer or store credit."))
    if payment is None:
        raise BadInput(_("This order has no payment on record. Choose another method."))
    if why := objection(payment):
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


def objection(payment: Payment, *, without: Payout | None = None) -> str:
    """Why money cannot go back the way of ``payment``, as a sentence; empty where it can."""
    return objections([payment], without=[without] if without else []).get(payment.pk, "")


def objections(payments: Iterable[Payment], *, without: Iterable[Payout] = ()) -> dict[int, str]:
    """The same for many, by the payment's id; ``without`` are payouts that do not count as taken."""
    payments = list(payments)
    limits, taken = Limits(), _taken(payments, [payout.pk for payout in without])
    erased = lost(payment.reference for payment in payments)
    found: dict[int, str] = {}
    for payment, gone in zip(payments, erased, strict=True):
        limit = limits.of(payment.method)
        if gone:
            found[payment.pk] = _(
                "The payment's reference was erased with the buyer's personal data, so nothing goes back to it. "
                "Choose another method."
            )
        elif limit and payment.paid_at < clock.now() - timedelta(days=limit.days):
            found[payment.pk] = _(
                "The payment is older than %(days)d days, so its provider takes no refund any more. "
                "Choose another method."
            ) % {"days": limit.days}
        elif limit and taken[payment.pk] >= limit.refunds:
            found[payment.pk] = _(
                "%(count)d parts of this payment went back already, and its provider takes no more. "
                "Choose another method."
            ) % {"count": taken[payment.pk]}
    return found


def closed_routes(payouts: Iterable[Payout]) -> dict[Payout, str]:
    """Those of ``payouts`` that cannot go back the way that they came any more, and why."""
    by_payment = {row.payment_id: row for row in payouts if row.method == Method.ORIGINAL}
    payments = Payment.objects.filter(pk__in=[pk for pk in by_payment if pk])
    closed = objections(payments, without=by_payment.values())
    return {by_payment[pk]: why for pk, why in closed.items()}


def _taken(payments: list[Payment], without: list[int]) -> Counter[int]:
    rows = Payout.objects.filter(payment__in=payments, method=Method.ORIGINAL)
    rows = rows.exclude(state__in=(Payout.State.FAILED, Payout.State.CANCELLED))
    counted = rows.exclude(pk__in=without).order_by().values_list("payment").annotate(n=Count("pk"))
    return Counter(dict(counted))


def open_for_all(at: datetime) -> Q:
    """Cases whose every payment can be paid back the way that it came, whatever its channel.

    For many cases at once, so by the strictest limits: a case that is missed here is asked by itself.
    """
    oldest = Subquery(
        Payment.objects.filter(order=OuterRef("order")).order_by("paid_at").values("paid_at")[:1]
    )
    strictest = Limits().strictest
    if strictest is None:
        return Q(IsNull(oldest, False))
    days, refunds = strictest
    taken = Payout.objects.filter(case__order=OuterRef("order")).order_by("pk")
    too_many = Exists(taken[refunds - 1 : refunds]) if refunds else Q(pk__isnull=False)
    return Q(GreaterThanOrEqual(oldest, at - timedelta(days=days))) & ~Q(too_many)


class Limits:
    """The limits in force on a day, read once."""

    def __init__(self, day: date | None = None) -> None:
        self._by_channel: dict[str, RouteLimit] = {}
        for row in RouteLimit.objects.on(day or localdate(clock.now())):
            self._by_channel.setdefault(row.channel, row)

    def of(self, channel: str) -> RouteLimit | None:
        """What counts for ``channel``: its own limit, or the common one."""
        return self._by_channel.get(channel) or self._by_channel.get("")

    @property
    def strictest(self) -> tuple[int, int] | None:
        """The fewest days and parts that any channel has; ``None`` where there is no limit."""
        rows = list(self._by_channel.values())
        return (min(r.days for r in rows), min(r.refunds for r in rows)) if rows else None
