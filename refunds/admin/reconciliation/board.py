"""The board: days beside each other, accounts below each other, and where each of them stands."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Min, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from backoffice import clock
from backoffice.admin.home import Figure
from refunds.models import Difference, ReconciliationDay

DAYS = 14
LIST = "admin:refunds_difference_changelist"
Waiting = Q(differences__state__in=Difference.WAITING)


@dataclass(frozen=True)
class Cell:
    """One day of one account: a word in a colour, and the way there."""

    state: str = ""
    label: str = ""
    href: str = ""


@dataclass
class Line:
    """One account in one currency, a cell for each day."""

    name: str
    account: str
    currency: str
    cells: list[Cell] = field(default_factory=list)


def board(request: HttpRequest) -> dict[str, Any]:
    """The last two weeks, and the queues of what differs; two queries."""
    days = [localdate() - timedelta(days=n) for n in range(DAYS)]
    rows = (
        ReconciliationDay.objects.visible_to(request.user)
        .filter(day__gte=days[-1])
        .select_related("store")
        .annotate(waiting=Count("differences", filter=Waiting))
        .order_by("store__name", "account", "currency")
    )
    return {"days": days, "lines": _lines(rows, days), "queues": queues(request)}


def _lines(rows: Iterable[Any], days: list[date]) -> list[Line]:
    found: dict[tuple[int, str, str], dict[date, Any]] = {}
    for row in rows:
        found.setdefault((row.store_id, row.account, row.currency), {})[row.day] = row
    lines = []
    for (_store, account, currency), by_day in found.items():
        name = str(next(iter(by_day.values())).store)
        cells = [_cell(by_day.get(day)) for day in days]
        lines.append(Line(name, account, currency, cells))
    return lines


def _cell(row: Any) -> Cell:
    if row is None:
        return Cell()
    href = reverse("admin:refunds_reconciliationday_change", args=[row.pk])
    return Cell(*standing(row, row.waiting), href)


def standing(row: ReconciliationDay, waiting: int) -> tuple[str, str]:
    """Where a day stands, as a pill's colour and word."""
    if row.state == ReconciliationDay.State.CLOSED:
        return "reconciled", pgettext("reconciliation day", "closed")
    if waiting:
        return "warning", ngettext("%(n)d open", "%(n)d open", waiting) % {"n": waiting}
    if row.reported_at is None:
        return "draft", _("no report")
    if row.reported_at < row.ends_at:
        return "sent", _("part of it")
    return "approved", _("to close")


def queues(request: HttpRequest) -> list[Figure]:
    """How many differences of each kind wait, and for how long the oldest does; one query."""
    waiting = Difference.objects.visible_to(request.user).filter(state__in=Difference.WAITING)
    rows: QuerySet = (
        waiting.order_by().values("kind").annotate(n=Count("pk"), since=Min("opened_at"))
    )
    found = {row["kind"]: row for row in rows}
    return [_queue(kind, found.get(kind.value)) for kind in Difference.Kind]


def _queue(kind: Difference.Kind, row: dict[str, Any] | None) -> Figure:
    href = f"{reverse(LIST)}?kind__exact={kind.value}&waiting=1"
    if row is None:
        return Figure(kind.label, 0, href)
    age = clock.spell(clock.now() - row["since"])
    note = _("the oldest for %(age)s") % {"age": age}
    return Figure(kind.label, row["n"], href, tone="warning", note=note)
