"""A page of an answer: newest first, cut by where the last page ended, and never much to read for it.

A question that one index answers costs a page of rows. Where parts of a question have to be applied on the
way, a page looks at so many changes and no more, says how far back it came, and goes on from there when asked.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q

from backoffice.audit.search.asking import Question, amount, answers, conditions, people
from backoffice.audit.search.models import ChangeEntry, ChangeQuerySet
from backoffice.audit.search.scope import stores_in_sight
from backoffice.models import User

PAGE = 50
LOOK = 50_000  # changes that a page looks at, where an index does not lead to them
FEW = 5_000  # amounts that are looked up one by one
BRANCHES = 60  # accounts and stores that are asked one by one, and put together
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# What indexes lead to, the narrowest first.
LED_TO = (
    {"number"}, {"store", "model", "field"}, {"model", "field"}, {"actor"}, {"action"}, {"role"},
    {"source"}, {"store"}, {"model"}, {"kind"},
)  # fmt: skip


@dataclass(frozen=True, order=True)
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

    @property
    def before(self) -> Q:
        """What is older."""
        return Q(at__lte=self.at) & (Q(at__lt=self.at) | Q(at=self.at, pk__lt=self.entry))

    @property
    def onwards(self) -> Q:
        """What is newer, and the entry itself."""
        return Q(at__gte=self.at) & (Q(at__gt=self.at) | Q(at=self.at, pk__gte=self.entry))


@dataclass(frozen=True)
class Page:
    """Some answers, and where older ones begin; no cut after the last one.

    ``looked_to`` is set where the page ended because enough was looked at: how far back it came.
    """

    entries: list[ChangeEntry] = field(default_factory=list)
    older: Cut | None = None
    looked_to: datetime | None = None


def page(user: User | AnonymousUser, question: Question, after: Cut | None = None) -> Page:
    """One page of the answers: those after ``after``, or the newest. Nothing is counted or skipped."""
    branches = list(_branches(user, question))
    asked = replace(question, person="") if question.person else question
    rows, keys = answers(user, asked).filter(*_older(after)), _few(asked)
    if keys is not None:
        rows = rows.filter(pk__in=keys)
    look = LOOK // max(len(branches), 1) if keys is None else None
    found: list[ChangeEntry] = []
    floors: list[Cut] = []
    for branch in branches:
        entries, floor = _newest(rows, asked, branch, after, look)
        found += entries
        floors += [floor] if floor else []
    return _page(found, max(floors, default=None))


def _page(found: list[ChangeEntry], floor: Cut | None) -> Page:
    """The newest of what was found, as far down as all branches looked."""
    at = sorted(((Cut(entry.at, entry.pk), entry) for entry in found), reverse=True, key=lambda one: one[0])  # fmt: skip
    seen = [(cut, entry) for cut, entry in at if floor is None or cut >= floor]
    entries = [entry for _cut, entry in seen[:PAGE]]
    if len(seen) > PAGE:
        return Page(entries, seen[PAGE - 1][0])
    return Page(entries, floor, floor.at) if floor else Page(entries)


def _older(after: Cut | None) -> Iterator[Q]:
    if after is not None:
        yield after.before


def _branches(user: User | AnonymousUser, question: Question) -> Iterable[dict[str, Any]]:
    """The question in parts that an index leads to: by each account that bears the name, in each store
    of those who see only some. What they would be too many for is asked in one.
    """
    accounts = [{"actor": pk} for pk in people(question.person)] if question.person else [{}]
    stores = stores_in_sight(user) if question.store is None else None
    places: list[dict[str, Any]] = [{"store": pk} for pk in (*stores, None)] if stores is not None else [{}]  # fmt: skip
    if len(accounts) * len(places) > BRANCHES:
        places = [{}]
    return [{**account, **place} for account, place in product(accounts, places)]


def _newest(
    rows: ChangeQuerySet,
    question: Question,
    branch: dict[str, Any],
    after: Cut | None,
    look: int | None,
) -> tuple[list[ChangeEntry], Cut | None]:
    """The newest of one branch; and where the look ended, if it ended before all was looked at.

    ``look`` is how many changes are looked at, where an index does not lead to what is asked for; ``None`` for
    ``rows`` that are few.
    """
    rows, floor = rows.filter(**branch), None
    names = _asked(question) | branch.keys()
    led = next((led for led in LED_TO if led <= names), set())
    if look is not None and names != led and "number" not in names:
        floor = _floor(question, branch, led, after, look)
        rows = rows.filter(floor.onwards) if floor else rows
    entries = list(rows.by_whom()[: PAGE + 1])
    return entries, floor


def _asked(question: Question) -> set[str]:
    """What of the question is more than a period."""
    names = ("number", "store", "model", "field", "action", "role", "source")
    asked = {name for name in names if getattr(question, name)}
    if question.kind:
        asked.add("kind" if question.kind == ChangeEntry.Kind.CREATED else "changed")
    return asked | {"amount"} if question.asks_amount else asked


def _floor(
    question: Question, branch: dict[str, Any], led: set[str], after: Cut | None, look: int
) -> Cut | None:
    """Where a look at so many changes of what an index leads to ends; ``None`` where it sees all."""
    own = {name: getattr(question, name) for name in led - branch.keys()}
    narrow = Question(since=question.since, until=question.until, **own)
    rows = ChangeEntry.objects.filter(*conditions(narrow), *_older(after))
    rows = rows.filter(**{name: value for name, value in branch.items() if name in led})
    last = rows.order_by("-at", "-pk").values_list("at", "pk")[look : look + 1]
    return next((Cut(*cut) for cut in last), None)


def _few(question: Question) -> list[int] | None:
    """The changes of such amounts, where those are asked for and few."""
    if not question.asks_amount or question.number:
        return None
    keys: set[int] = set()
    for side in ("amount_before", "amount_after"):
        rows = ChangeEntry.objects.filter(amount(question, side)).order_by(side)
        keys.update(rows.values_list("pk", flat=True)[: FEW + 1])
    return sorted(keys) if len(keys) <= FEW else None
