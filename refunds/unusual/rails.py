"""Approvals against what the program said: a rail that held the case, or a risk that asked for care."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.audit.search.models import ChangeEntry, ChangeQuerySet
from backoffice.audit.search.unusual import Finding, Unusual
from backoffice.models import User
from refunds.models import RefundCase, Risk
from refunds.unusual.decisions import APPROVALS, CASE, decisions, history_of, newest


def held(user: User | AnonymousUser, since: datetime) -> Iterator[Finding]:
    """Cases that a rail had handed to a person, and that the person approved."""
    for entry in newest(_lifted(user, since), "before", "reason"):
        words = {"who": entry["actor_name"], "number": entry["number"], "why": _(entry["before"])}
        sentence = _("%(who)s approved %(number)s, which was held for a person: %(why)s") % words
        yield Finding(sentence, entry["at"], history_of(entry["row"]), _(entry["reason"]))


def _lifted(user: User | AnonymousUser, since: datetime) -> ChangeQuerySet:
    """Approvals by people that ended a hold."""
    changes = ChangeEntry.objects.visible_to(user).filter(
        model=CASE,
        field="held_because",
        at__gte=since,
        action__in=APPROVALS,
        actor__is_system=False,
    )
    return changes.exclude(before=None).exclude(before="").order_by("-at", "-pk")


def risky(user: User | AnonymousUser, since: datetime) -> Iterator[Finding]:
    """Cases of high risk, where the suggestion was to look closely, approved to the last cent."""
    approved = decisions(user, since).filter(action__in=APPROVALS)
    rows = list(newest(approved, "reason"))
    for start in range(0, len(rows), 500):
        part = rows[start : start + 500]
        full = _in_full({row["row"] for row in part})
        yield from (_risky(entry) for entry in part if entry["row"] in full)


def _in_full(keys: set[int]) -> set[int]:
    cases = RefundCase.objects.filter(pk__in=keys, risk=Risk.HIGH)
    figures = cases.values_list("pk", "amount_approved", "amount_requested")
    return {pk for pk, approved, requested in figures if approved == requested}


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
