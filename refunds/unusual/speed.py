"""Bursts: many decisions by one person within minutes."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db.models import F, QuerySet, Window
from django.db.models.functions import Lag, RowNumber
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.audit.search.unusual import Finding, Period, Unusual
from backoffice.models import User
from refunds.unusual.decisions import decisions, search


def find(user: User | AnonymousUser, period: Period) -> Iterator[Finding]:
    """Stretches in which one person decided more cases than anybody can read; the longest first."""
    bursts = list(_bursts(_ends(user, period).iterator()))
    for burst in sorted(bursts, key=lambda burst: burst.count, reverse=True):
        yield _finding(burst)


@dataclass
class Burst:
    """Some of one person's decisions, the ``first`` to the ``last`` of all that they made in the period."""

    who: str
    username: str
    since: datetime
    until: datetime
    first: int
    last: int

    @property
    def count(self) -> int:
        """How many decisions that are."""
        return self.last - self.first + 1


def _ends(user: User | AnonymousUser, period: Period) -> QuerySet:
    """Each decision with which somebody reached so many within so short a time."""
    person: dict[str, Any] = {"partition_by": "actor", "order_by": ("at", "pk")}
    earlier = Lag("at", settings.UNUSUAL_BURST_DECISIONS - 1)
    rows = decisions(user, period).annotate(
        began=Window(earlier, **person), place=Window(RowNumber(), **person)
    )
    span = timedelta(minutes=settings.UNUSUAL_BURST_MINUTES)
    dense = rows.filter(began__gte=F("at") - span).order_by("actor", "at", "pk")
    return dense.values("actor", "actor_name", "actor__username", "at", "began", "place")


def _bursts(ends: Iterable[dict[str, Any]]) -> Iterator[Burst]:
    """Ends that follow one another as one burst: from the first decision of the first of them."""
    burst, actor = None, None
    for end in ends:
        if burst and end["actor"] == actor and end["began"] <= burst.until:
            burst.until, burst.last = end["at"], end["place"]
            continue
        if burst:
            yield burst
        actor, first = end["actor"], end["place"] - settings.UNUSUAL_BURST_DECISIONS + 1
        who, username = end["actor_name"], end["actor__username"]
        burst = Burst(who, username, end["began"], end["at"], first, end["place"])
    if burst:
        yield burst


def _finding(burst: Burst) -> Finding:
    first, last = localtime(burst.since), localtime(burst.until)
    seconds = max(int((last - first).total_seconds()), 1)
    words = {"who": burst.who, "count": burst.count, "seconds": seconds}
    sentence = _("%(who)s decided %(count)d cases within %(seconds)d seconds.") % words
    days = {"since": first.date().isoformat(), "until": last.date().isoformat()}
    return Finding(sentence, burst.since, search(person=burst.username, **days))


def _limits() -> Iterator[str]:
    yield _("A burst is %(count)d decisions or more by one person within %(minutes)d minutes; approvals of many at once count one by one.") % {
        "count": settings.UNUSUAL_BURST_DECISIONS,
        "minutes": settings.UNUSUAL_BURST_MINUTES,
    }  # fmt: skip


QUESTIONS = [
    Unusual(
        "bursts",
        gettext_lazy("Many decisions within minutes"),
        gettext_lazy("Nobody reads the evidence of so many cases in so short a time."),
        _limits,
        find,
    ),
]
