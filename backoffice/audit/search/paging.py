"""A page of an answer: newest first, cut by where the last page ended, and never much to read for it.

Each filter has an index that leads to its changes. A page goes along the one that leads to the fewest, and
asks of each change whether it is all that was asked for. It looks at so many and no more, says how far back
it came, and goes on from there when asked.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import product
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q

from backoffice.audit.search.asking import Question, amount, conditions, people
from backoffice.audit.search.cuts import Cut
from backoffice.audit.search.looking import look
from backoffice.audit.search.models import ChangeEntry
from backoffice.audit.search.scope import in_sight, stores_in_sight
from backoffice.models import User

PAGE = 50
LOOK = 50_000  # changes that a page looks at
FEW = 5_000  # amounts that are looked up one by one
BRANCHES = 60  # accounts and stores that are asked one by one, and put together
# What indexes lead to. Where several do, what they show decides; of two that are as narrow, the first.
LED_TO = (
    {"number"}, {"store", "model", "field"}, {"model", "field"}, {"actor"}, {"action"}, {"role"},
    {"source"}, {"store"}, {"model"}, {"kind"},
)  # fmt: skip


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
    found: list[Cut] = []
    floors: list[Cut] = []
    for ways, fits, most in _looks(user, question, after):
        cuts, floor = look(ways, fits, wanted=PAGE + 1, most=most)
        found += cuts
        floors += [floor] if floor else []
    return _page(user, found, max(floors, default=None))


def _page(user: User | AnonymousUser, found: list[Cut], floor: Cut | None) -> Page:
    """The newest of what was found, as far down as all looks came."""
    seen = sorted((cut for cut in found if floor is None or cut >= floor), reverse=True)
    rows = ChangeEntry.objects.visible_to(user).filter(pk__in=[cut.entry for cut in seen[:PAGE]])
    entries = list(rows.by_whom().order_by("-at", "-pk"))
    if len(seen) > PAGE:
        return Page(entries, seen[PAGE - 1])
    return Page(entries, floor, floor.at) if floor else Page(entries)


def _looks(
    user: User | AnonymousUser, question: Question, after: Cut | None
) -> Iterator[tuple[list[Q], Q, int]]:
    """The looks that a question takes: along which ways, what has to fit, and how far.

    One for what a number or a few amounts lead to; else one by each account that bears the name, in each
    store of those who see only some.
    """
    older, sight = (after.before if after else Q()), in_sight(user)
    keys = _few(question)
    if keys is not None:
        if keys:
            yield [Q(pk__in=keys) & older], Q(sight, *conditions(question)), len(keys)
        return
    asked = replace(question, person="") if question.person and not question.number else question
    branches = _branches(user, question) if not question.number else [{}]
    for branch in branches:
        ways = [way & older for way in _ways(asked, branch)]
        yield ways, Q(sight, *conditions(asked), **branch), LOOK // len(branches)


def _branches(user: User | AnonymousUser, question: Question) -> list[dict[str, Any]]:
    """The parts of a question; what they would be too many for is asked in one."""
    accounts = [{"actor": pk} for pk in people(question.person)] if question.person else [{}]
    stores = stores_in_sight(user) if question.store is None else None
    places: list[dict[str, Any]] = [{"store": pk} for pk in (*stores, None)] if stores is not None else [{}]  # fmt: skip
    if len(accounts) * len(places) > BRANCHES:
        places = [{}]
    return [{**account, **place} for account, place in product(accounts, places)]


def _ways(question: Question, branch: dict[str, Any]) -> Iterable[Q]:
    """The filters that an index leads along, each with the period; time alone where there are none."""
    names = _asked(question) | branch.keys()
    led = [led for led in LED_TO if led <= names]
    if "number" in names:
        led = [{"number"}]
    for one in [one for one in led if not any(one < wider for wider in led)] or [set[str]()]:
        own = {name: getattr(question, name) for name in one - branch.keys()}
        narrow = Question(since=question.since, until=question.until, **own)
        held = {name: value for name, value in branch.items() if name in one}
        yield Q(*conditions(narrow), **held)


def _asked(question: Question) -> set[str]:
    """What of the question an index may lead to."""
    names = ("number", "store", "model", "field", "action", "role", "source")
    asked = {name for name in names if getattr(question, name)}
    return asked | {"kind"} if question.kind == ChangeEntry.Kind.CREATED else asked


def _few(question: Question) -> list[int] | None:
    """The changes of such amounts, where those are asked for and few."""
    if not question.asks_amount or question.number:
        return None
    keys: set[int] = set()
    for side in ("amount_before", "amount_after"):
        rows = ChangeEntry.objects.filter(amount(question, side)).order_by(side)
        keys.update(rows.values_list("pk", flat=True)[: FEW + 1])
    return sorted(keys) if len(keys) <= FEW else None
