"""The home page's charts of refunds: by day, by method, by reason, in the currency most used."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, QuerySet, Sum
from django.db.models.functions import TruncDate
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.timezone import localdate, localtime
from django.utils.translation import gettext as _

from backoffice import money
from backoffice.admin.home import Bar, Panel, chart_panel, register_panel
from backoffice.clock import now
from refunds.models import LedgerEntry, Payout, Reason

SEE = "refunds.view_reconciliationday"
DAYS, LONGER = 14, 30
MOST = 8  # bars of a chart that lie under each other


def register() -> None:
    """Put the charts on the home page of those who see reconciliation."""
    register_panel(by_day, permission=SEE, order=50)
    register_panel(by_method, permission=SEE, order=51)
    register_panel(by_reason, permission=SEE, order=52)


def by_day(request: HttpRequest) -> Panel:
    """What arrived with buyers on each of the last fourteen days."""
    currency, rows = _arrived(request, DAYS)
    totals = dict(
        rows.annotate(day=TruncDate("at")).values_list("day").annotate(total=Sum("amount"))
    )
    first = localdate() - timedelta(days=DAYS - 1)
    days = [first + timedelta(days=n) for n in range(DAYS)]
    bars = [_bar(date_format(day, "m-d"), totals.get(day), currency) for day in days]
    title = _("Refunded, last %(days)d days, %(currency)s") % {"days": DAYS, "currency": currency}
    return _chart(title, bars if totals else [], columns=True)


def by_method(request: HttpRequest) -> Panel:
    """By which way the money of the last thirty days went."""
    currency, rows = _arrived(request, LONGER)
    found = rows.values_list("payout__method").annotate(total=Sum("amount")).order_by("-total")
    labels = dict(Payout._meta.get_field("method").flatchoices or ())
    bars = [_bar(labels.get(name, name) or "–", total, currency) for name, total in found[:MOST]]
    return _chart(_titled(_("Refunded by method"), currency), bars)


def by_reason(request: HttpRequest) -> Panel:
    """Why buyers asked for the money of the last thirty days."""
    currency, rows = _arrived(request, LONGER)
    found = list(rows.values_list("case__reason").annotate(total=Sum("amount")).order_by("-total"))
    reasons = Reason.objects.in_bulk([pk for pk, _total in found[:MOST]])
    bars = [_bar(reasons[pk].label, total, currency) for pk, total in found[:MOST]]
    return _chart(_titled(_("Refunded by reason"), currency), bars)


def _arrived(request: HttpRequest, days: int) -> tuple[str, QuerySet]:
    """The currency most used lately, and what arrived in it and has not come back."""
    start = localtime(now()).replace(hour=0, minute=0, second=0, microsecond=0)
    rows = _since(request, start - timedelta(days=days - 1))
    used = rows.values_list("currency").annotate(n=Count("pk")).order_by("-n", "currency").first()
    currency = used[0] if used else ""
    return currency, rows.filter(currency=currency)


def _since(request: HttpRequest, start: datetime) -> QuerySet:
    arrived = LedgerEntry.objects.within(request.user, SEE).filter(
        kind=LedgerEntry.Kind.SETTLED, at__gte=start, payout__state=Payout.State.SETTLED
    )
    return arrived.order_by()


def _titled(title: str, currency: str) -> str:
    words = {"title": title, "days": LONGER, "currency": currency}
    return _("%(title)s, last %(days)d days, %(currency)s") % words


def _bar(label: Any, total: Decimal | None, currency: str) -> Bar:
    amount = total or Decimal(0)
    return Bar(label, amount, shown=money.show(amount, currency) if currency else "")


def _chart(title: str, bars: Iterable[Bar], *, columns: bool = False) -> Panel:
    empty = _("No refund has arrived in these days.")
    return chart_panel(title.rstrip(", "), bars, columns=columns, empty=empty, wide=columns)
