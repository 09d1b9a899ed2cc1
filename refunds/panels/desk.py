"""What the home page shows of the refund desk: what is due, what waits, how it goes."""

from datetime import timedelta

from django.db.models import Count, QuerySet
from django.db.models.functions import TruncDate
from django.http import HttpRequest
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localdate, localtime
from django.utils.translation import gettext as _

from backoffice import money
from backoffice.admin.home import (
    Bar,
    Figure,
    Panel,
    Row,
    chart_panel,
    figures_panel,
    list_panel,
    register_panel,
)
from backoffice.audit.timeline import actor_of, title_of
from merchants.models import Store
from refunds.desk.queues import TO_DECIDE, due_within_a_day
from refunds.models import RefundCase, State
from refunds.quarantine import QUARANTINED

LIST, VIEW = "admin:refunds_refundcase_changelist", "refunds.view_refundcase"


def register() -> None:
    """Put the panels on the home page of those who hold the permissions."""
    register_panel(desk_panel, permission=VIEW, order=10)
    register_panel(due_panel, permission="refunds.approve_refundcase", order=12)
    register_panel(latest_panel, permission="merchants.view_membership", order=30)
    register_panel(requests_panel, permission=VIEW, order=60)
    register_panel(states_panel, permission=VIEW, order=70)


def _cases(request: HttpRequest) -> QuerySet:
    return RefundCase.objects.visible_to(request.user)


def desk_panel(request: HttpRequest) -> Panel:
    """The desk's figures: due within a day, waiting, held, given up, disputed."""
    cases, href = _cases(request), reverse(LIST)
    waiting = cases.filter(TO_DECIDE)
    soon = cases.filter(due_within_a_day()).count()
    held = waiting.exclude(held_because="").count()
    disputed = cases.filter(state=State.DISPUTED).count()
    return figures_panel(
        _("Refund desk"),
        [
            Figure(
                _("Due within a day"), soon, f"{href}?due=day", tone="warning" if soon else "ok"
            ),
            Figure(
                _("To review"),
                waiting.filter(state=State.REQUESTED).count(),
                f"{href}?state=requested",
            ),
            Figure(
                _("To inspect"),
                waiting.filter(state=State.INSPECTING).count(),
                f"{href}?state=inspecting",
            ),
            Figure(_("Held for a person"), held, f"{href}?held=1", tone="warning" if held else ""),
            *_given_up(cases, href),
            Figure(
                _("Disputed"), disputed, f"{href}?state=disputed", tone="danger" if disputed else ""
            ),
        ],
        wide=True,
    )


def _given_up(cases: QuerySet, href: str) -> list[Figure]:
    """Cases that the timer failed at three times; no figure where there are none."""
    count = cases.filter(QUARANTINED).count()
    figure = Figure(_("Given up by the timer"), count, f"{href}?held=failed", tone="danger")
    return [figure] if count else []


def due_panel(request: HttpRequest) -> Panel:
    """The cases that are due next, for those who decide them."""
    cases = (
        _cases(request)
        .filter(TO_DECIDE)
        .select_related("order__buyer", "reason", "store")
        .order_by("due_at", "pk")[:8]
    )
    several = Store.objects.visible_to(request.user).count() > 1
    return list_panel(
        _("Due next"),
        [_row(case, several) for case in cases],
        empty=_("Nothing waits for a decision. Well done."),
        more_href=reverse(LIST),
        more_label=_("All cases"),
    )


def _row(case: RefundCase, with_store: bool) -> Row:
    parts = [case.order.buyer or "–", case.get_kind_display(), case.reason]
    return Row(
        case.number,
        reverse("admin:refunds_refundcase_change", args=[case.pk]),
        subtitle=" · ".join(map(str, [*parts, case.store] if with_store else parts)),
        state=case.state,
        state_label=case.get_state_display(),
        due=case.due_at,
        amount=money.show(case.ready_amount, case.currency),
    )


def requests_panel(request: HttpRequest) -> Panel:
    """How many cases were requested on each of the last fourteen days."""
    first = localdate() - timedelta(days=13)
    counts = dict(
        _cases(request)
        .filter(requested_at__date__gte=first)
        .order_by()
        .annotate(day=TruncDate("requested_at"))
        .values_list("day")
        .annotate(n=Count("pk"))
    )
    days = [first + timedelta(days=n) for n in range(14)]
    bars = [Bar(date_format(day, "m-d"), counts.get(day, 0)) for day in days]
    return chart_panel(_("Cases requested, last 14 days"), bars, columns=True)


def states_panel(request: HttpRequest) -> Panel:
    """How many cases stand in each state."""
    counts = dict(_cases(request).order_by().values_list("state").annotate(n=Count("pk")))
    bars = [
        Bar(label, counts[state], f"{reverse(LIST)}?state={state}")
        for state, label in State.choices
        if counts.get(state)
    ]
    return chart_panel(_("Cases by state"), bars, empty=_("There is no case yet."))


def latest_panel(request: HttpRequest) -> Panel:
    """The latest changes of cases, for those who watch over them: who did what."""
    visible = _cases(request).values("pk")
    versions = (
        RefundCase.history.filter(id__in=visible)
        .select_related("history_user")
        .order_by("-history_id")[:8]
    )
    rows = [
        Row(
            version.number,
            reverse("admin:refunds_refundcase_history", args=[version.id]),
            subtitle=f"{title_of(version)} · {actor_of(version)} · "
            f"{date_format(localtime(version.history_date), 'SHORT_DATETIME_FORMAT')}",
            state=version.state,
            state_label=dict(State.choices)[version.state],
        )
        for version in versions
    ]
    return list_panel(_("Latest changes"), rows, empty=_("Nothing has happened yet."))
