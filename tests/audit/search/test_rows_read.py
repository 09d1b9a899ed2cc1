"""What a page costs: the rows that PostgreSQL reads for it, whichever filters are chosen. No time is taken."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from itertools import combinations, permutations
from typing import Any

import pytest
from django.db import connection

from backoffice.actors import TIMER, system
from backoffice.audit.search import looking, paging
from backoffice.audit.search.asking import Question
from backoffice.audit.search.models import ChangeEntry
from backoffice.audit.search.paging import PAGE, Page, page
from backoffice.models import User
from tests.cast import Cast

MANY, RARE, LOOK, PROBE = 6_000, 30, 200, 60
RARE_STORE = 999_999
# Two things that happen all the time and share nothing; and one that happened long ago, and never since.
OFTEN: dict[str, Any] = {
    "source": "timer", "action": "remind", "model": "refunds.refundcase", "field": "reminders", "kind": "~",
    "roles": ",platform,", "amount_after": Decimal("3.00"),
}  # fmt: skip
ALSO: dict[str, Any] = {
    "source": "admin", "action": "approve", "model": "refunds.caseline", "field": "amount_approved", "kind": "+",
    "roles": ",staff,", "amount_after": Decimal("5.00"),
}  # fmt: skip
ONCE: dict[str, Any] = {
    "source": "import", "action": "redirect", "model": "refunds.payout", "field": "amount", "kind": "~", "roles": ",legal,",
    "amount_after": Decimal("9999.00"),
}  # fmt: skip
FILTERS = ("source", "action", "what", "role", "person", "store", "amount", "kind")
INDEXED = FILTERS[:-1]  # what is new has an index too, and is not rare here
FILL = """
    INSERT INTO backoffice_changeentry (model, "row", version, field, kind, action, number, store, actor_id, actor_name,
        role, roles, source, reason, at, amount_after, currency, request_id)
    SELECT %(model)s, g, %(first)s + g, %(field)s, %(kind)s, %(action)s, '', %(store)s, %(actor)s, '', '', %(roles)s,
        %(source)s, '', timestamptz '2026-03-01' + (g + %(late)s) * interval '1 second', %(amount_after)s, '', ''
    FROM generate_series(1, %(count)s) g
"""


@pytest.fixture
def filled(cast: Cast) -> Cast:
    """An index in which what is rare is what is oldest."""
    for n, (kind, user, store, count) in enumerate(
        ((OFTEN, system(TIMER).user, cast.a.pk, MANY), (ALSO, cast.staff2, cast.b.pk, MANY), (ONCE, cast.legal, RARE_STORE, RARE))
    ):  # fmt: skip
        own = {"store": store, "actor": user.pk, "count": count, "first": n * MANY}
        late = 0 if kind is ONCE else RARE
        with connection.cursor() as cursor:
            cursor.execute(FILL, {"late": late, **own, **kind})
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE backoffice_changeentry")
    return cast


def asked(name: str, kind: dict[str, Any], user: User, store: int | None) -> dict[str, Any]:
    """One filter, set to what ``kind`` of change has."""
    amounts = {"least": kind["amount_after"], "most": kind["amount_after"]}
    parts: dict[str, dict[str, Any]] = {
        "what": {"model": kind["model"], "field": kind["field"]},
        "role": {"role": kind["roles"].strip(",")},
        "person": {"person": user.username},
        "store": {"store": store},
        "amount": amounts,
    }
    return parts.get(name) or {name: kind[name]}


@contextmanager
def counted() -> Iterator[list[int]]:
    """The rows of the index that were read inside, as PostgreSQL counts them afterwards."""
    statements: list[tuple[str, Any]] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if "backoffice_changeentry" in sql:
            statements.append((sql, params))
        return execute(sql, params, many, context)

    rows: list[int] = []
    with connection.execute_wrapper(note):
        yield rows
    with connection.cursor() as cursor:
        for sql, params in statements:
            cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", params)
            found = cursor.fetchone()[0]
            [plan] = json.loads(found) if isinstance(found, str) else found
            rows.append(sum(_read(plan["Plan"])))


def _read(node: dict[str, Any]) -> Iterator[int]:
    """What each scan of the index read, and what it threw away."""
    if "backoffice_changeentry" in (node.get("Relation Name"), *node.get("Output", ())) or (
        node["Node Type"] == "Bitmap Index Scan"
    ):
        thrown = ("Rows Removed by Filter", "Rows Removed by Index Recheck")
        yield (node["Actual Rows"] + sum(node.get(name, 0) for name in thrown)) * node[
            "Actual Loops"
        ]
    for part in node.get("Plans", ()):
        yield from _read(part)


def told(cast: Cast, **question: Any) -> tuple[Page, int]:
    """A page as the auditor gets it, and the rows that were read for it."""
    with counted() as rows:
        answer = page(cast.auditor, Question(**question))
    return answer, sum(rows)


def often(cast: Cast, name: str) -> dict[str, Any]:
    return asked(name, OFTEN, system(TIMER).user, cast.a.pk)


def also(cast: Cast, name: str) -> dict[str, Any]:
    return asked(name, ALSO, cast.staff2, cast.b.pk)


def once(cast: Cast, name: str) -> dict[str, Any]:
    return asked(name, ONCE, cast.legal, RARE_STORE)


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """A look of some hundred changes instead of thousands."""
    monkeypatch.setattr(paging, "LOOK", LOOK)
    monkeypatch.setattr(paging, "FEW", LOOK)
    monkeypatch.setattr(looking, "PROBE", PROBE)


@pytest.mark.postgres
def test_a_rare_value_alone_costs_a_page_of_rows(filled: Cast) -> None:
    for name in INDEXED:
        answer, rows = told(filled, **once(filled, name))
        assert len(answer.entries) == RARE, name
        assert answer.looked_to is None, name
        assert rows <= 4 * PAGE, (name, rows)


@pytest.mark.postgres
def test_what_is_new_and_what_is_not_costs_a_page_and_a_look(filled: Cast, short: None) -> None:
    for kind in (OFTEN, ALSO):
        answer, rows = told(filled, kind=kind["kind"])
        assert len(answer.entries) == PAGE
        assert rows <= LOOK + PAGE


@pytest.mark.postgres
def test_filters_that_never_meet_cost_a_bounded_look_that_goes_on_when_asked(
    filled: Cast, short: None
) -> None:
    pairs = [((one,), (other,)) for one, other in permutations(FILTERS, 2)]
    more = [((one,), others) for one, *others in combinations(FILTERS, 3)]
    more += [((*others,), (one,)) for one, *others in combinations(FILTERS, 3)]
    whole = [(FILTERS[:half], FILTERS[half:]) for half in range(1, len(FILTERS))]
    for some, others in (*pairs, *more, *whole):
        question: dict[str, Any] = {}
        for name in some:
            question |= often(filled, name)
        for name in others:
            question |= also(filled, name)
        answer, rows = told(filled, **question)
        assert answer.entries == [], (some, others)
        assert rows <= 2 * LOOK + len(FILTERS) * PROBE + 2 * LOOK, (some, others, rows)


@pytest.mark.postgres
def test_what_is_rare_is_found_at_once_whatever_common_filters_stand_beside_it(
    filled: Cast, short: None
) -> None:
    ChangeEntry.objects.filter(action="redirect").update(
        **{name: ALSO[name] for name in ("source", "model", "field", "kind", "roles")}
    )
    common = {name: value for name in ("source", "what", "kind", "role") for name, value in also(filled, name).items()}  # fmt: skip
    for name in ("action", "person", "store", "amount"):
        answer, rows = told(filled, **common, **once(filled, name))
        assert (len(answer.entries), answer.looked_to) == (RARE, None), name
        assert rows <= len(FILTERS) * PROBE + 6 * RARE, (name, rows)


@pytest.mark.postgres
def test_who_sees_more_stores_than_are_asked_one_by_one_gets_a_bounded_look(
    filled: Cast, short: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paging, "BRANCHES", 1)
    with counted() as rows:
        answer = page(filled.manager, Question(role="legal"))
    assert (answer.entries, answer.looked_to) == ([], None)
    with counted() as more:
        page(filled.manager, Question())
    assert max(sum(rows), sum(more)) <= 2 * LOOK + PAGE


@pytest.mark.postgres
def test_looking_further_back_comes_to_what_is_old_and_to_an_end(
    filled: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paging, "LOOK", MANY // 2)
    question = Question(source="timer", action="remind", until=datetime(2026, 4, 1, tzinfo=UTC))
    ChangeEntry.objects.filter(action="remind").update(source="import")
    ChangeEntry.objects.filter(action="approve").update(source="timer")
    old = ChangeEntry.objects.filter(action="remind").order_by("at", "pk").first()
    ChangeEntry.objects.filter(pk=old.pk).update(source="timer")
    pages = [page(filled.auditor, question)]
    while pages[-1].older:
        pages.append(page(filled.auditor, question, pages[-1].older))
    assert [[entry.pk for entry in one.entries] for one in pages] == [[], [old.pk]]
    assert [one.looked_to is None for one in pages] == [False, True]
