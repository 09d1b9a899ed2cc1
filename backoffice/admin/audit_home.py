"""The auditor's home: a search on top, what happened today, what is unusual, how far history is told."""

from datetime import datetime

from django.conf import settings
from django.contrib.humanize.templatetags.humanize import intcomma
from django.db.models import Count, Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backoffice import clock
from backoffice.admin import unusual
from backoffice.admin.home import Figure, Panel, Row, figures_panel, list_panel, register_panel
from backoffice.audit.log import alarms, checkpoints
from backoffice.audit.log.models import Verification
from backoffice.audit.search.indexing import complete_until
from backoffice.audit.search.models import WATCH, ChangeEntry

SEARCH = "admin:backoffice_changeentry_changelist"
VERIFICATIONS = "admin:backoffice_verification_changelist"


def register() -> None:
    """Put the panels on the home page of those who watch over history."""
    register_panel(alarms_panel, permission="backoffice.view_logalarm", order=0)
    register_panel(search_panel, permission=WATCH, order=0)
    register_panel(today_panel, permission=WATCH, order=3)
    register_panel(proof_panel, permission=WATCH, order=3)
    register_panel(unusual_panel, permission=WATCH, order=4)


def alarms_panel(request: HttpRequest) -> Panel | None:
    """What needs a person: alarms about history; nothing where there are none."""
    found = alarms.standing()
    return Panel("backoffice/log/alarms.html", {"alarms": found}, wide=True) if found else None


def search_panel(request: HttpRequest) -> Panel:
    """Where a question begins."""
    context = {"complete_until": complete_until()}
    return Panel("backoffice/changes/box.html", context, wide=True)


def today_panel(request: HttpRequest) -> Panel:
    """What happened since midnight, in numbers; one query over a day's changes."""
    midnight = localtime(clock.now()).replace(hour=0, minute=0, second=0, microsecond=0)
    changes = ChangeEntry.objects.visible_to(request.user).filter(at__gte=midnight).order_by()
    people = Q(actor__is_system=False)
    numbers = changes.aggregate(
        all=Count("pk"),
        created=Count("pk", filter=Q(kind=ChangeEntry.Kind.CREATED, field="")),
        by_people=Count("pk", filter=people),
        people=Count("actor", filter=people, distinct=True),
        imported=Count("pk", filter=Q(source="import")),
    )
    href = f"{reverse(SEARCH)}?since={midnight.date().isoformat()}"
    return figures_panel(
        _("Today in history, %(day)s") % {"day": date_format(midnight, "SHORT_DATE_FORMAT")},
        [
            Figure(_("Changes"), numbers["all"], href),
            Figure(_("New rows"), numbers["created"], f"{href}&act=%2B"),
            Figure(_("Changes by people"), numbers["by_people"], href),
            Figure(_("People who changed something"), numbers["people"], href),
            Figure(_("Changes by imports"), numbers["imported"], f"{href}&source=import"),
        ],
        wide=True,
    )


def unusual_panel(request: HttpRequest) -> Panel:
    """Of the questions that are always asked those that found something, and how many did not."""
    days = settings.UNUSUAL_DAYS
    href = f"{reverse('admin:backoffice_changeentry_unusual')}?days={days}"
    asked = unusual.rows(request, unusual.Chosen(request))
    found = [row for row in asked if row.state == unusual.FOUND]
    if found and len(found) < len(asked):
        found.append(Row(_quiet(len(asked) - len(found)), href))
    return list_panel(
        _("Unusual in the last %(days)d days") % {"days": days},
        found,
        empty=_("None of the questions that are always asked found anything."),
        more_href=href,
    )


def _quiet(count: int) -> str:
    return ngettext(
        "%(n)d other question found nothing",
        "%(n)d other questions found nothing",
        count,
    ) % {"n": count}


def proof_panel(request: HttpRequest) -> Panel:
    """Up to where history is signed, and how the last verification ended."""
    return list_panel(
        _("How far history is proven"),
        [_signed(), _verified()],
        more_href=reverse(VERIFICATIONS),
        more_label=_("All verifications"),
    )


def _signed() -> Row:
    last = checkpoints.latest()
    if last is None:
        return Row(_("No checkpoint of history has been signed."), state="warning", state_label=_("not signed"))  # fmt: skip
    words = {"count": intcomma(last.size), "when": _moment(last.at)}
    told = _("%(count)s rows of history, signed on %(when)s") % words
    return Row(_("Last checkpoint"), subtitle=told, state="ok", state_label=_("signed"))


def _verified() -> Row:
    last = Verification.objects.exclude(state__in=Verification.WAITING).first()
    if last is None:
        return Row(_("History has not been verified from here yet."), reverse(VERIFICATIONS), state="draft", state_label=_("none"))  # fmt: skip
    tones = {
        Verification.State.HOLDS: "ok",
        Verification.State.BROKEN: "error",
        Verification.State.UNCLEAR: "warning",
    }
    return Row(
        _("Last verification"),
        reverse("admin:backoffice_verification_change", args=[last.pk]),
        subtitle=_moment(last.ended_at or last.asked_at),
        state=tones.get(Verification.State(last.state), "failed"),
        state_label=last.get_state_display(),
    )


def _moment(at: datetime) -> str:
    return date_format(localtime(at), "SHORT_DATETIME_FORMAT")
