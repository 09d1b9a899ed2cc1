"""“What is unusual”: every question with its number, and a page for each with what was found."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.urls import path, reverse
from django.utils.translation import gettext as _

from backoffice import clock
from backoffice.admin.home import Row
from backoffice.audit.search.models import WATCH
from backoffice.audit.search.unusual import MOST, PERIODS, Unusual, found, question, questions
from backoffice.exceptions import NotAllowed, NotFound

REMEMBERED = 120  # seconds that a number is shown before it is asked again


class UnusualMixin:
    """The views of what is unusual, among those of the search."""

    admin_site: Any
    page: Any

    def unusual_view(self, request: HttpRequest) -> HttpResponse:
        """Every question, with how often it found something."""
        refusal = _refused(request)
        if refusal is not None:
            return refusal
        days = _days(request)
        context = {"rows": rows(request, days), **_periods(days)}
        return self.page(request, "backoffice/changes/unusual.html", _("What is unusual"), context)

    def unusual_one_view(self, request: HttpRequest, code: str) -> HttpResponse:
        """One question: why it is asked, by which limits, and what it found."""
        refusal = _refused(request)
        if refusal is not None:
            return refusal
        asked = question(code)
        if asked is None:
            raise NotFound
        days = _days(request)
        findings, more = found(asked, request.user, clock.now() - timedelta(days=days))
        context = {
            "asked": asked,
            "limits": list(asked.limits()),
            "findings": findings,
            "more": more,
            **_periods(days),
        }
        return self.page(request, "backoffice/changes/unusual_one.html", asked.title, context)

    def get_urls(self) -> list[Any]:
        """Both pages, before the others."""
        wrap, name = self.admin_site.admin_view, "backoffice_changeentry"
        return [
            path("unusual/", wrap(self.unusual_view), name=f"{name}_unusual"),
            path("unusual/<slug:code>/", wrap(self.unusual_one_view), name=f"{name}_unusual_one"),
            *super().get_urls(),  # type: ignore[misc]  # a mixin
        ]


def rows(request: HttpRequest, days: int) -> list[Row]:
    """The questions as lines of a list, those that found something first."""
    counted = [(asked, *_count(asked, request, days)) for asked in questions()]
    counted.sort(key=lambda line: not line[1])
    return [_row(asked, count, days, more=more) for asked, count, more in counted]


def _row(asked: Unusual, count: int, days: int, *, more: bool) -> Row:
    href = reverse("admin:backoffice_changeentry_unusual_one", args=[asked.code])
    number = f"{MOST}+" if more else str(count)
    return Row(
        asked.title,
        f"{href}?days={days}",
        subtitle=asked.why,
        state="warning" if count else "draft",
        state_label=number if count else _("none"),
    )


def _count(asked: Unusual, request: HttpRequest, days: int) -> tuple[int, bool]:
    """How much was found for this person; remembered for a short while."""
    key = f"unusual:{asked.code}:{request.user.pk}:{days}"
    counted = cache.get(key)
    if counted is None:
        findings, more = found(asked, request.user, clock.now() - timedelta(days=days))
        counted = (len(findings), more)
        cache.set(key, counted, REMEMBERED)
    return counted


def _refused(request: HttpRequest) -> HttpResponse | None:
    if not request.user.has_perm(WATCH):
        raise NotAllowed
    if request.method not in ("GET", "HEAD"):
        return HttpResponseNotAllowed(["GET", "HEAD"])
    return None


def _days(request: HttpRequest) -> int:
    """How far back the address looks; what it may not say is the usual."""
    asked = request.GET.get("days", "")
    chosen = int(asked) if asked.isdecimal() and len(asked) < 4 else settings.UNUSUAL_DAYS
    return chosen if chosen in PERIODS else settings.UNUSUAL_DAYS


def _periods(days: int) -> dict[str, Any]:
    return {"days": days, "periods": sorted({*PERIODS, days})}
