"""Questions to history: by whom, where, what, how, when and how much."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.contrib.auth.models import AnonymousUser
from django.db.models import F, Q, Value
from django.db.models.functions import Concat

from backoffice.actors import Source
from backoffice.audit.models import Audited
from backoffice.audit.search.models import ChangeEntry, ChangeQuerySet, held
from backoffice.models import User

PEOPLE = 50  # accounts that one name may stand for
Relatives = Callable[[str], Iterable[str]]
_relatives: list[Relatives] = []
_housekeeping: set[str] = set()


def register_relatives(source: Relatives) -> None:
    """Let an app say which other numbers belong to a number: a case's payouts, an order's cases."""
    _relatives.append(source)


def register_housekeeping(*models: type[Audited]) -> None:
    """Say which rows the program writes about itself: what the timer does to them is passed over."""
    _housekeeping.update(model._meta.label_lower for model in models)


@dataclass(frozen=True)
class Question:
    """What somebody wants to know. What is empty is not asked.

    ``person`` is a name, ``role`` the code of one that was held; ``model`` and ``field`` name what
    changed; ``since`` and ``until`` bound the time, the second one open; the amounts bound what an
    amount was or became. Without ``housekeeping`` what the program does about itself is passed over.
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
    housekeeping: bool = True

    @property
    def asks_amount(self) -> bool:
        """Whether an amount is bounded."""
        return self.least is not None or self.most is not None


def answers(user: User | AnonymousUser, question: Question) -> ChangeQuerySet:
    """The changes that ``question`` asks for, of those that ``user`` may read; newest first."""
    found = ChangeEntry.objects.visible_to(user).filter(*conditions(question))
    return found.order_by("-at", "-pk")


def conditions(question: Question) -> Iterable[Q]:
    """What the question asks, each part for itself."""
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
        yield held(question.role)
    if not question.housekeeping:
        yield ~Q(model__in=sorted(_housekeeping), source=Source.TIMER)
    if question.asks_amount:
        yield amount(question, "amount_before") | amount(question, "amount_after")


def amount(question: Question, side: str) -> Q:
    """What is asked of an amount, on one ``side`` of a change."""
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
