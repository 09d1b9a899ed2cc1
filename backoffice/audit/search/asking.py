"""Questions to history, and a page of their answer: newest first, cut by where the last page ended."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from django.contrib.auth.models import AnonymousUser
from django.db.models import F, Q, Value
from django.db.models.functions import Concat

from backoffice.audit.search.models import ChangeEntry, ChangeQuerySet
from backoffice.models import User

PAGE = 50
PEOPLE = 50  # accounts that one name may stand for
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Relatives = Callable[[str], Iterable[str]]
_relatives: list[Relatives] = []


def register_relatives(source: Relatives) -> None:
    """Let an app say which other numbers belong to a number: a case's payouts, an order's cases."""
    _relatives.append(source)


@dataclass(frozen=True)
class Cut:
    """Where a page of answers ended."""

    at: datetime
    entry: int

    def __str__(self) -> str:
        return f"{(self.at - EPOCH) // timedelta(microseconds=1)}-{self.entry}"

    @classmethod
    def read(cls, text: str) -> "Cut":
        """The cut that ``text`` says; raises ``ValueError`` where it says none."""
        micros, _dash, entry = text.partition("-")
        if not all(part.isdecimal() and len(part) < 19 for part in (micros, entry)):
            raise ValueError(text)
        return cls(EPOCH + timedelta(microseconds=int(micros)), int(entry))


@dataclass(frozen=True)
class Question:
    """What somebody wants to know. What is empty is not asked.

    ``model`` and ``field`` name what changed; ``since`` and ``until`` bound the time, the second one
    open; the amounts bound what an amount was or became.
    """

    number: str = ""
    person: str = ""
    role: str = ""
    store: int | None = None
    model: str = ""
    field: str = ""
    kind: str = ""
    action: str = ""
    source: str = ""
    since: datetime | None = None
    until: datetime | None = None
    least: Decimal | None = None
    most: Decimal | None = None


@dataclass(frozen=True)
class Page:
    """Some answers, and where the next ones begin; no cut after the last one."""

    entries: list[ChangeEntry] = field(default_factory=list)
    older: Cut | None = None


def answers(user: User | AnonymousUser, question: Question) -> ChangeQuerySet:
    """The changes that ``question`` asks for, of those that ``user`` may read; newest first."""
    found = ChangeEntry.objects.visible_to(user).filter(*_conditions(question))
    return found.order_by("-at", "-pk")


def page(user: User | AnonymousUser, question: Question, after: Cut | None = None) -> Page:
    """One page of the answers: those after ``after``, or the newest. Nothing is counted or skipped."""
    rows = answers(user, question)
    if after is not None:
        earlier = Q(at__lt=after.at) | Q(at=after.at, pk__lt=after.entry)
        rows = rows.filter(earlier, at__lte=after.at)
    entries = list(rows.select_related("actor")[: PAGE + 1])
    if len(entries) <= PAGE:
        return Page(entries)
    last = entries[PAGE - 1]
    return Page(entries[:PAGE], Cut(last.at, last.pk))


def _conditions(question: Question) -> Iterable[Q]:
    plain = {
        "store": question.store,
        "model": question.model,
        "field": question.field,
        "kind": question.kind,
        "action": question.action,
        "source": question.source,
        "at__gte": question.since,
        "at__lt": question.until,
    }
    yield Q(**{name: value for name, value in plain.items() if value not in (None, "")})
    if question.number:
        yield Q(number__in=numbers(question.number))
    if question.person:
        yield Q(actor__in=people(question.person))
    if question.role:
        yield Q(role__regex=rf"(^|; ){re.escape(question.role)}( ·|;|$)")
    if question.least is not None or question.most is not None:
        yield _amount(question, "amount_before") | _amount(question, "amount_after")


def _amount(question: Question, side: str) -> Q:
    bounds = {f"{side}__gte": question.least, f"{side}__lte": question.most}
    return Q(**{name: bound for name, bound in bounds.items() if bound is not None})


def numbers(number: str) -> list[str]:
    """``number`` and every number that belongs to it."""
    number = number.strip()
    related = {other for source in _relatives for other in source(number)}
    return sorted({number, *related} - {""})


def people(name: str) -> list[int]:
    """The accounts that go by ``name``: a user name, or a part of what the person is called."""
    whole = Concat(F("first_name"), Value(" "), F("last_name"))
    found = User.objects.annotate(whole=whole).filter(
        Q(username__iexact=name) | Q(whole__icontains=name)
    )
    return list(found.order_by("pk").values_list("pk", flat=True)[:PEOPLE])
