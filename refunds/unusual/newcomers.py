"""Decisions in somebody's first hours in a role."""

from collections.abc import Iterator
from datetime import timedelta
from functools import reduce
from operator import or_

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db.models import Min, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.audit.search.unusual import Finding, Period, Unusual
from backoffice.clock import spell
from backoffice.models import User
from merchants.models import Membership
from refunds.unusual.decisions import decisions, history_of, newest


def find(user: User | AnonymousUser, period: Period) -> Iterator[Finding]:
    """Decisions of people whose first role anywhere was given to them a short while before."""
    span = timedelta(hours=settings.UNUSUAL_NEWCOMER_HOURS)
    first = (
        Membership.history.filter(history_type="+").values("user").annotate(at=Min("history_date"))
    )
    began = dict(
        first.filter(at__gte=period.since - span, at__lt=period.until).values_list("user", "at")
    )
    hours = (Q(actor=pk, at__gte=at, at__lt=at + span) for pk, at in began.items())
    for entry in newest(decisions(user, period).filter(reduce(or_, hours, Q(pk__in=()))), "actor"):
        age = spell(entry["at"] - began[entry["actor"]])
        words = {"who": entry["actor_name"], "number": entry["number"], "age": age}
        sentence = _("%(who)s decided %(number)s %(age)s after getting a first role.") % words
        yield Finding(sentence, entry["at"], history_of(entry["row"]))


def _limits() -> Iterator[str]:
    yield _("Told is what happened in the first %(hours)d hours.") % {
        "hours": settings.UNUSUAL_NEWCOMER_HOURS
    }


QUESTIONS = [
    Unusual(
        "newcomers",
        gettext_lazy("Decisions in somebody's first hours"),
        gettext_lazy(
            "An account that was made to be used once is used at once; and who is new errs more."
        ),
        _limits,
        find,
    ),
]
