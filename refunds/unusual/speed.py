"""Bursts: many decisions by one person within minutes."""

from collections import defaultdict, deque
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.audit.search.unusual import Finding, Unusual
from backoffice.models import User
from refunds.unusual.decisions import decisions, newest, search


def find(user: User | AnonymousUser, since: datetime) -> Iterator[Finding]:
    """Stretches in which one person decided more cases than anybody can read; the longest first."""
    by_person: defaultdict[int, list[dict[str, Any]]] = defaultdict(list)
    for entry in newest(decisions(user, since)):
        by_person[entry["actor"]].append(entry)
    bursts = [burst for entries in by_person.values() for burst in _bursts(entries[::-1])]
    for burst in sorted(bursts, key=len, reverse=True):
        yield _finding(burst)


def _bursts(entries: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """Runs of one person's decisions, oldest first, that stay as dense as the limit says."""
    span = timedelta(minutes=settings.UNUSUAL_BURST_MINUTES)
    window: deque[dict[str, Any]] = deque()
    run: list[dict[str, Any]] = []
    for entry in entries:
        window.append(entry)
        while entry["at"] - window[0]["at"] > span:
            window.popleft()
        if len(window) >= settings.UNUSUAL_BURST_DECISIONS:
            known = run[-1]["at"] if run else None
            run += (
                [one for one in window if known is None or one["at"] > known]
                if run
                else list(window)
            )
        elif run and entry["at"] - run[-1]["at"] > span:
            yield run
            run = []
    if run:
        yield run


def _finding(burst: list[dict[str, Any]]) -> Finding:
    first, last = localtime(burst[0]["at"]), localtime(burst[-1]["at"])
    seconds = max(int((last - first).total_seconds()), 1)
    words = {"who": burst[0]["actor_name"], "count": len(burst), "seconds": seconds}
    sentence = _("%(who)s decided %(count)d cases within %(seconds)d seconds.") % words
    day = first.date().isoformat()
    return Finding(
        sentence, burst[0]["at"], search(person=burst[0]["username"], since=day, until=day)
    )


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
