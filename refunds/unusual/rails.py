"""Approvals against what the program said: a rail that held the case, or a risk that asked for care."""

from collections.abc import Iterator
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import F
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.audit.search.models import ChangeEntry, ChangeQuerySet
from backoffice.audit.search.unusual import Finding, Period, Unusual
from backoffice.models import User
from refunds.models import RefundCase, Risk
from refunds.unusual.decisions import APPROVALS, CASE, decisions, history_of, newest


def held(user: User | AnonymousUser, period: Period) -> Iterator[Finding]:
    """Cases that a rail had handed to a person, and that the person approved."""
    for entry in newest(_lifted(user, period), "before", "reason"):
        words = {"who": entry["actor_name"], "number": entry["number"], "why": _(entry["before"])}
        sentence = _("%(who)s approved %(number)s, which was held for a person: %(why)s") % words
        yield Finding(sentence, entry["at"], history_of(entry["row"]), _(entry["reason"]))


def _lifted(user: User | AnonymousUser, period: Period) -> ChangeQuerySet:
    """Approvals by people that ended a hold."""
    changes = ChangeEntry.objects.visible_to(user).filter(
        model=CASE,
        field="held_because",
        at__gte=period.since,
        at__lt=period.until,
        action__in=APPROVALS,
        actor__is_system=False,
    )
    return changes.exclude(before=None).exclude(before="").order_by("-at", "-pk")


def risky(user: User | AnonymousUser, period: Period) -> Iterator[Finding]:
    """Cases of high risk, where the suggestion was to look closely, approved to the last cent."""
    in_full = RefundCase.objects.filter(risk=Risk.HIGH, amount_approved=F("amount_requested"))
    approved = decisions(user, period).filter(action__in=APPROVALS, row__in=in_full.values("pk"))
    yield from (_risky(entry) for entry in newest(approved, "reason"))


def _risky(entry: dict[str, Any]) -> Finding:
    words = {"who": entry["actor_name"], "number": entry["number"]}
    sentence = _(
        "%(who)s approved %(number)s in full, although the buyer's record said: high risk."
    )
    return Finding(sentence % words, entry["at"], history_of(entry["row"]), _(entry["reason"]))


def _no_limits() -> Iterator[str]:
    yield _("There is no limit to set: each of them is told.")


QUESTIONS = [
    Unusual(
        "rails",
        gettext_lazy("Approved although a rail held it"),
        gettext_lazy(
            "A rail is there so that somebody looks; whoever lifts it should have said why."
        ),
        _no_limits,
        held,
    ),
    Unusual(
        "risk",
        gettext_lazy("Approved in full against the suggestion"),
        gettext_lazy(
            "The suggestion was to look closely, and everything that was asked for was given."
        ),
        _no_limits,
        risky,
    ),
]
