"""The home page's lists of reconciliation: what differs and waits, and what a checker signs and closes."""

from django.db.models import Count, F, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from backoffice import money
from backoffice.actors import person
from backoffice.admin.home import Panel, Row, list_panel, register_panel
from backoffice.clock import now, spell
from refunds.models import Difference, ReconciliationDay

EXPLAIN, SIGN, CLOSE = (
    "refunds.explain_difference",
    "refunds.sign_difference",
    "refunds.close_reconciliationday",
)
BOARD = "admin:refunds_reconciliationday_board"
SHOWN = 5
State = Difference.State


def register() -> None:
    """Put the lists on the home page of those who hold the permissions."""
    register_panel(to_explain, permission=EXPLAIN, order=24)
    register_panel(to_sign, permission=SIGN, order=24)
    register_panel(to_close, permission=CLOSE, order=25)


def to_explain(request: HttpRequest) -> Panel:
    """Differences that nobody has explained, what waits longest on top."""
    rows = _differences(request, EXPLAIN, State.OPEN)
    return _list(_("Differences to explain"), rows, _("Ledger, bank and payouts agree."))


def to_sign(request: HttpRequest) -> Panel:
    """Differences that another person explained."""
    rows = _differences(request, SIGN, State.EXPLAINED).exclude(
        explained_person=person(request.user).user.person
    )
    return _list(_("Differences to sign off"), rows, _("No explanation waits for you."))


def to_close(request: HttpRequest) -> Panel:
    """Days that are over, told of by the bank, and with nothing left that is not signed."""
    waiting = Count("differences", filter=Q(differences__state__in=Difference.WAITING))
    days = (
        ReconciliationDay.objects.within(request.user, CLOSE)
        .filter(state=ReconciliationDay.State.OPEN, reported_at__gte=F("ends_at"))
        .exclude(loaded_person=person(request.user).user.person)
        .annotate(waiting=waiting)
        .filter(waiting=0)
        .select_related("store")
        .order_by("day", "pk")
    )
    rows = [
        Row(
            date_format(day.day, "SHORT_DATE_FORMAT"),
            reverse("admin:refunds_reconciliationday_change", args=[day.pk]),
            subtitle=f"{day.store} · {day.currency}",
        )
        for day in days[:SHOWN]
    ]
    return list_panel(
        _("Days to close"),
        rows,
        empty=_("No day can be closed now."),
        more_href=reverse(BOARD),
        more_label=_("Board"),
    )


def _differences(request: HttpRequest, permission: str, state: str) -> QuerySet[Difference]:
    rows = Difference.objects.within(request.user, permission).filter(state=state)
    return rows.select_related("payout", "line", "store", "day").order_by("opened_at", "pk")


def _list(title: str, rows: QuerySet[Difference], empty: str) -> Panel:
    return list_panel(
        title,
        [_row(row) for row in rows[:SHOWN]],
        empty=empty,
        more_href=reverse(BOARD),
        more_label=_("Board"),
    )


def _row(row: Difference) -> Row:
    side = row.payout or row.line
    age = _("waits for %(age)s") % {"age": spell(now() - row.opened_at)}
    return Row(
        str(side) or row.get_kind_display(),
        reverse("admin:refunds_difference_change", args=[row.pk]),
        subtitle=f"{row.get_kind_display()} · {row.store} · {age}",
        amount=money.show(side.amount, side.currency) if side else "",
    )
