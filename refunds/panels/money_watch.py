"""The home page's alerts about money: what is broken, what has no answer, what waits for how long."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, Min, OuterRef, Q, QuerySet, Subquery, Sum
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from backoffice import money
from backoffice.admin.home import Bar, Panel, Row, chart_panel, list_panel, register_panel
from backoffice.clock import now, spell
from refunds.models import LedgerAlarm, Payout, PayoutAttempt
from refunds.payouts.silence import PATIENCE as SILENT
from refunds.payouts.unknowns import too_long, unanswered

SEE_ALARMS, SEE, BUILD = (
    "refunds.view_ledgeralarm",
    "refunds.view_reconciliationday",
    "refunds.build_refundbatch",
)
LIST = "admin:refunds_payout_changelist"
SHOWN = 5
State = Payout.State
NOT_OVER = (*Payout.ON_ITS_WAY, State.SETTLED)  # what arrived may be said to come back
# How long a payout may stand where it is before somebody should look.
PATIENCE = {
    State.QUEUED: timedelta(hours=24),
    State.APPROVED: timedelta(hours=24),
    State.SENDING: timedelta(hours=1),
    State.SENT: SILENT,
    State.UNKNOWN: timedelta(hours=24),
}
HOUR = timedelta(hours=1)
# Upper ends of the ages that unknown payouts are counted in; the last one has none.
AGES = (
    (HOUR, gettext_lazy("under 1 h")),
    (4 * HOUR, gettext_lazy("1 to 4 h")),
    (24 * HOUR, gettext_lazy("4 to 24 h")),
    (72 * HOUR, gettext_lazy("1 to 3 d")),
    (None, gettext_lazy("over 3 d")),
)


def register() -> None:
    """Put them on the home page of those who hold the permissions: alerts first."""
    register_panel(alarms, permission=SEE_ALARMS, order=1)
    register_panel(unknown_alert, permission=SEE, order=2)
    register_panel(odd_answers, permission=SEE, order=3)
    register_panel(waiting, permission=SEE, order=40)
    register_panel(unknown_ages, permission=SEE, order=41)


def alarms(request: HttpRequest) -> Panel | None:
    """What has to hold of money and does not; nothing where all of it holds."""
    rows = LedgerAlarm.objects.visible_to(request.user).filter(gone_at=None)
    found = list(rows.select_related("store")[: SHOWN + 1])
    if not found:
        return None
    context = {"alarms": found[:SHOWN], "more": len(found) > SHOWN}
    return Panel("refunds/panels/alarms.html", context, wide=True)


def unknown_alert(request: HttpRequest) -> Panel | None:
    """Payouts that have been without an answer for more than a day; nothing where there is none."""
    found = _sums(too_long(_payouts(request)), oldest="since")
    if not found:
        return None
    count = sum(row["n"] for row in found)
    text = ngettext(
        "%(n)d payout has had no answer for more than 24 hours.",
        "%(n)d payouts have had no answer for more than 24 hours.",
        count,
    ) % {"n": count}
    context = {
        "text": text,
        "totals": _shown(found),
        "age": spell(now() - min(row["oldest"] for row in found)),
        "href": f"{reverse(LIST)}?state={State.UNKNOWN.value}",
    }
    return Panel("refunds/panels/unknown.html", context, wide=True)


def odd_answers(request: HttpRequest) -> Panel | None:
    """Payouts whose provider's last answer needs a person; nothing where there is none."""
    last = PayoutAttempt.objects.filter(payout=OuterRef("pk")).order_by("-pk").values("outcome")
    rows = _payouts(request).annotate(outcome=Subquery(last[:1]))
    rows = rows.filter(outcome__in=PayoutAttempt.NEED_A_PERSON, state__in=NOT_OVER)
    found = list(rows.order_by("pk")[: SHOWN + 1])
    if not found:
        return None
    return list_panel(
        _("Answers of providers that need a person"),
        [
            Row(
                payout.number,
                reverse("admin:refunds_payout_change", args=[payout.pk]),
                subtitle=str(PayoutAttempt.Outcome(payout.outcome).label),
                state="error",
                state_label=payout.get_state_display(),
                amount=money.show(payout.amount, payout.currency),
            )
            for payout in found[:SHOWN]
        ],
        empty="",
        more_href=reverse(LIST) if len(found) > SHOWN else "",
        wide=True,
    )


def waiting(request: HttpRequest) -> Panel:
    """What has not ended, by where it stands, with the age of the oldest; stuck beyond its patience."""
    rows = _payouts(request).filter(state__in=PATIENCE)
    found: dict[str, list[dict[str, Any]]] = {}
    for row in _sums(rows, "state", oldest="queued_at"):
        found.setdefault(row["state"], []).append(row)
    frozen = _payouts(request).filter(frozen=True).count()
    lines = [_stage(state, found[state]) for state in PATIENCE if state in found]
    if frozen:
        text = ngettext("%(n)d payout", "%(n)d payouts", frozen) % {"n": frozen}
        lines.append(Row(_("Held back by disputes"), reverse(LIST) + "?state=queued", text))
    return list_panel(
        _("What waits, by age"), lines, empty=_("No payout waits."), more_href=reverse(LIST)
    )


def _stage(state: Payout.State, rows: list[dict[str, Any]]) -> Row:
    age = now() - min(row["oldest"] for row in rows)
    stuck = age > PATIENCE[state]
    count = sum(row["n"] for row in rows)
    words = {"count": count, "age": spell(age)}
    return Row(
        state.label,
        f"{reverse(LIST)}?state={state.value}",
        subtitle=ngettext(
            "%(count)d payout, the oldest queued %(age)s ago",
            "%(count)d payouts, the oldest queued %(age)s ago",
            count,
        )
        % words,
        state="warning" if stuck else "",
        state_label=_("stuck") if stuck else "",
        amount=_shown(rows),
    )


def unknown_ages(request: HttpRequest) -> Panel:
    """How many payouts without an answer are how old; one query."""
    rows, at = unanswered(_payouts(request)).order_by(), now()
    conditions, younger = {}, None
    for n, (end, _label) in enumerate(AGES):
        older = Q(since__gt=at - end) if end else Q()
        bound = Q(since__lte=at - younger) if younger else Q()
        conditions[f"age_{n}"] = Count("pk", filter=older & bound)
        younger = end
    counts = rows.aggregate(**conditions)
    href = f"{reverse(LIST)}?state={State.UNKNOWN.value}"
    bars = [Bar(label, counts[f"age_{n}"], href) for n, (_end, label) in enumerate(AGES)]
    return chart_panel(
        _("Without an answer, by age"),
        bars if any(counts.values()) else [],
        empty=_("Every payout that was sent has its answer, or is still expected to get one."),
    )


def _payouts(request: HttpRequest) -> QuerySet[Payout]:
    return Payout.objects.within(request.user, SEE)


def _sums(rows: QuerySet, *by: str, oldest: str) -> list[dict[str, Any]]:
    """Count, total and oldest per currency, and per whatever else; one query."""
    groups = rows.order_by().values(*by, "currency")
    found = groups.annotate(n=Count("pk"), total=Sum("amount"), oldest=Min(oldest))
    return list(found.order_by("currency"))


def _shown(rows: list[dict[str, Any]]) -> str:
    """Totals per currency, side by side."""
    totals: dict[str, Decimal] = {}
    for row in rows:
        totals[row["currency"]] = totals.get(row["currency"], Decimal(0)) + row["total"]
    return " + ".join(money.show(total, currency) for currency, total in totals.items())
