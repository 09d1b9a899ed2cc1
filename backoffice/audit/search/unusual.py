"""What is unusual in history: questions that are always asked, each with its reason and its thresholds.

An app registers what it knows to look for. Nothing of it accuses anybody: it says where to look.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import AnonymousUser
from django.utils.functional import Promise

from backoffice.models import User

MOST = 200  # findings of one question; more are not told one by one
PERIODS = (1, 7, 30, 90)  # days that can be looked back
LONGEST = 92  # days of a period of one's own: a quarter


@dataclass(frozen=True)
class Period:
    """The time that is looked at, all of it; its end does not belong to it."""

    since: datetime
    until: datetime


@dataclass(frozen=True)
class Finding:
    """One thing to look at: a sentence, when it happened, and where it is read."""

    sentence: str
    at: datetime | None = None
    href: str = ""
    detail: str = ""


Find = Callable[[User | AnonymousUser, Period], Iterable[Finding]]


@dataclass(frozen=True)
class Unusual:
    """One question: what it is called, why the answer is worth a look, and by which limits it goes.

    ``find`` gives all that happened in a period, of what a person may read, newest or gravest first.
    """

    code: str
    title: str | Promise
    why: str | Promise
    limits: Callable[[], Iterable[str]]
    find: Find


_questions: dict[str, Unusual] = {}


def register_unusual(*questions: Unusual) -> None:
    """Have these asked from now on."""
    _questions.update((question.code, question) for question in questions)


def questions() -> list[Unusual]:
    """All that is asked, in the order of registration."""
    return list(_questions.values())


def question(code: str) -> Unusual | None:
    """One question by its code."""
    return _questions.get(code)


def found(asked: Unusual, user: User | AnonymousUser, period: Period) -> tuple[list[Finding], bool]:
    """The findings, and whether there are more than are told."""
    findings: list[Finding] = []
    for finding in asked.find(user, period):
        if len(findings) == MOST:
            return findings, True
        findings.append(finding)
    return findings, False
