"""“What is unusual”: every question with its number, and a page for each with what was found."""

from datetime import timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.urls import path, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from backoffice import clock
from backoffice.admin.change_form import day_field, start_of
from backoffice.admin.home import Row
from backoffice.audit.search.models import WATCH
from backoffice.audit.search.unusual import (
    LONGEST,
    MOST,
    PERIODS,
    Period,
    Unusual,
    found,
    question,
    questions,
)
from backoffice.exceptions import NotAllowed, NotFound

FOUND = "warning"  # the state of a row whose question found something
REMEMBERED = 120  # seconds that a number is shown before it is asked again


class PeriodForm(forms.Form):
    """From which day to which; both, and not too long."""

    since = day_field(pgettext_lazy("period", "From"), required=True)
    until = day_field(pgettext_lazy("period", "To"), required=True)

    def clean(self) -> dict[str, Any]:
        """Days in the right order, and a period that a page can look at."""
        data: dict[str, Any] = super().clean() or {}
        if "since" in data and "until" in data:
            if data["since"] > data["until"]:
                self.add_error("until", _("The period ends before it begins."))
            elif data["until"] - data["since"] >= timedelta(days=LONGEST):
                self.add_error("until", _("Choose at most %(days)d days.") % {"days": LONGEST})
        return data


class Chosen:
    """The period that an address asks for: the last days, or from one day to another."""

    def __init__(self, request: HttpRequest) -> None:
        own = "since" in request.GET or "until" in request.GET
        self.form = PeriodForm(request.GET if own else None)
        self.periods = sorted({*PERIODS, settings.UNUSUAL_DAYS})
        if own and self.form.is_valid():
            self.days, days = 0, self.form.cleaned_data
            self.period = Period(start_of(days["since"]), start_of(days["until"] + timedelta(days=1)))  # fmt: skip
            self.query = urlencode({name: days[name].isoformat() for name in ("since", "until")})
            return
        self.days, now = _days(request), clock.now()
        self.period = Period(now - timedelta(days=self.days), now)
        self.query = urlencode({"days": self.days})

    @property
    def status(self) -> int:
        """What a page answers: a period that cannot be looked at is refused, with the usual one below."""
        return 400 if self.form.errors else 200


def _days(request: HttpRequest) -> int:
    """How far back the address looks; what it may not say is the usual."""
    asked = request.GET.get("days", "")
    chosen = int(asked) if asked.isdecimal() and len(asked) < 4 else settings.UNUSUAL_DAYS
    return chosen if chosen in PERIODS else settings.UNUSUAL_DAYS


class UnusualMixin:
    """The views of what is unusual, among those of the search."""

    admin_site: Any
    page: Any

    def unusual_view(self, request: HttpRequest) -> HttpResponse:
        """Every question, with how often it found something."""
        refusal = _refused(request)
        if refusal is not None:
            return refusal
        chosen = Chosen(request)
        context = {"rows": rows(request, chosen), "chosen": chosen}
        return self.page(
            request, "backoffice/changes/unusual.html", _("What is unusual"), context, chosen.status
        )

    def unusual_one_view(self, request: HttpRequest, code: str) -> HttpResponse:
        """One question: why it is asked, by which limits, and what it found."""
        refusal = _refused(request)
        if refusal is not None:
            return refusal
        asked = question(code)
        if asked is None:
            raise NotFound
        chosen = Chosen(request)
        findings, more = found(asked, request.user, chosen.period)
        context = {
            "asked": asked,
            "limits": list(asked.limits()),
            "findings": findings,
            "more": more,
            "chosen": chosen,
        }
        return self.page(
            request, "backoffice/changes/unusual_one.html", asked.title, context, chosen.status
        )

    def get_urls(self) -> list[Any]:
        """Both pages, before the others."""
        wrap, name = self.admin_site.admin_view, "backoffice_changeentry"
        return [
            path("unusual/", wrap(self.unusual_view), name=f"{name}_unusual"),
            path("unusual/<slug:code>/", wrap(self.unusual_one_view), name=f"{name}_unusual_one"),
            *super().get_urls(),  # type: ignore[misc]  # a mixin
        ]


def rows(request: HttpRequest, chosen: Chosen) -> list[Row]:
    """The questions as lines of a list, those that found something first."""
    counted = [(asked, *_count(asked, request, chosen)) for asked in questions()]
    counted.sort(key=lambda line: not line[1])
    return [_row(asked, count, chosen, more=more) for asked, count, more in counted]


def _row(asked: Unusual, count: int, chosen: Chosen, *, more: bool) -> Row:
    href = reverse("admin:backoffice_changeentry_unusual_one", args=[asked.code])
    number = f"{MOST}+" if more else str(count)
    return Row(
        asked.title,
        f"{href}?{chosen.query}",
        subtitle=asked.why,
        state=FOUND if count else "draft",
        state_label=number if count else _("none"),
    )


def _count(asked: Unusual, request: HttpRequest, chosen: Chosen) -> tuple[int, bool]:
    """How much was found for this person; remembered for a short while."""
    key = f"unusual:{asked.code}:{request.user.pk}:{chosen.query}"
    counted = cache.get(key)
    if counted is None:
        findings, more = found(asked, request.user, chosen.period)
        counted = (len(findings), more)
        cache.set(key, counted, REMEMBERED)
    return counted


def _refused(request: HttpRequest) -> HttpResponse | None:
    if not request.user.has_perm(WATCH):
        raise NotAllowed
    if request.method not in ("GET", "HEAD"):
        return HttpResponseNotAllowed(["GET", "HEAD"])
    return None
