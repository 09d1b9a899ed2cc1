"""The comparison: one question, answered three ways on the same history, in one run."""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median
from typing import Any

from django.db import connection
from django.test import Client

from backoffice.actors import INSTALLER, system
from backoffice.audit.models import version_model
from backoffice.audit.recording import recorded
from backoffice.audit.search.asking import Question, answers
from backoffice.audit.search.indexing import catch_up
from backoffice.audit.search.models import ChangeEntry
from backoffice.audit.search.paging import PAGE, page
from backoffice.audit.search.scope import audited
from backoffice.models import User
from benchmarks.audit_search import stock
from benchmarks.audit_search.filling import bare, passing
from benchmarks.audit_search.limit import FROM_INDEX, FROM_VERSIONS, by_hand
from benchmarks.audit_search.world import make_world
from merchants.models import Membership

MARCH = (datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC))
# The answer, whichever way it is found: which version, who, when, from what to what.
COLUMNS = ("version", "actor_name", "at", "amount_before", "amount_after")
SAMPLE = 2_000  # versions that the stock way asks about, where there are more
TRIES = 5  # of what takes milliseconds: the median counts


@dataclass(frozen=True)
class Way:
    """One way to answer: how long the whole answer takes, how long its first page, and the changes."""

    name: str
    whole: float
    first: float
    found: frozenset[Any]


def compare(count: int) -> None:
    """Ask ``count`` versions who changed an approved amount in one store in March; print it."""
    stores, made = _timed(lambda: make_world(count))
    indexed = _timed(_fill)[1]
    fresh = passing()
    _vacuum()
    store, auditor = stores[1].pk, _auditor()
    ways = [_ours(auditor, store), _by_hand("SQL by hand, versions", FROM_VERSIONS, store)]
    ways += [_by_hand("SQL by hand, our index", FROM_INDEX, store), _stock(store)]
    assert ways[0].found == ways[1].found == ways[2].found >= ways[3].found != frozenset()
    client = Client(headers={"host": "localhost"})
    client.force_login(auditor, backend="backoffice.accounts.signing_in.PasswordBackend")
    _print(ways, _median(lambda: _html(client, store)), made, indexed, fresh)


def _fill() -> None:
    with bare():
        catch_up()


def _ours(auditor: User, store: int) -> Way:
    question = Question(
        store=store,
        model="refunds.refundcase",
        field="amount_approved",
        since=MARCH[0],
        until=MARCH[1],
    )
    rows = answers(auditor, question).values_list(*COLUMNS)
    return Way(
        "ours",
        _median(lambda: list(answers(auditor, question).values_list(*COLUMNS))),
        _median(lambda: page(auditor, question)),
        frozenset(rows),
    )


def _by_hand(name: str, statement: str, store: int) -> Way:
    return Way(
        name,
        _median(lambda: by_hand(statement, store, *MARCH)),
        _median(lambda: by_hand(statement, store, *MARCH, PAGE + 1)),
        frozenset(by_hand(statement, store, *MARCH)),
    )


def _stock(store: int) -> Way:
    """Measured on a sample, evenly out of the whole, where that would take minutes."""
    with stock.stock_indexes():
        found, finding = _timed(lambda: stock.versions(store, *MARCH))
        step = max(len(found) // SAMPLE, 1)
        sample = found[::step]
        told, walking = _timed(lambda: list(stock.changes(sample)))
        _page, first = _timed(lambda: list(stock.changes(stock.versions(store, *MARCH), PAGE + 1)))
    whole = finding + walking * len(found) / len(sample)
    name = f"stock (prev_record), {len(sample)} of {len(found)} versions walked"
    return Way(name, whole, first, frozenset(told))


def _html(client: Client, store: int) -> None:
    """The page itself: the question, the sentences, the site around them."""
    asked: dict[str, Any] = {
        "store": store,
        "what": "refunds.refundcase:amount_approved",
        "since": "2026-03-01",
        "until": "2026-03-31",
    }
    assert client.get("/admin/backoffice/changeentry/", asked).status_code == 200


def _auditor() -> User:
    with recorded(system(INSTALLER), "A benchmark."):
        auditor = User.objects.create(username="search-auditor")
        Membership.objects.create(user=auditor, role="auditor")
    return auditor


def _timed(work: Callable[[], Any]) -> tuple[Any, float]:
    began = time.perf_counter()
    result = work()
    return result, time.perf_counter() - began


def _median(work: Callable[[], Any]) -> float:
    work()
    return median(_timed(work)[1] for _try in range(TRIES))


def _vacuum() -> None:
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _print(ways: list[Way], html: float, made: float, indexed: float, fresh: float) -> None:
    versions = sum(version_model(model)._base_manager.count() for model in audited())
    entries, ours = ChangeEntry.objects.count(), ways[0]
    lines = [
        f"audit search, {versions} versions ({entries} changes), PostgreSQL: "
        f"{len(ours.found)} changes of an approved amount in one store in March",
        f"  {'':54}{'whole answer':>16}{'first page':>16}",
    ]
    for way in ways:
        ratios = (way.whole / ours.whole, way.first / ours.first)
        lines.append(
            f"  {way.name:54}{way.whole * 1e3:13.2f} ms{way.first * 1e3:13.2f} ms"
            f"   {ratios[0]:.1f} × and {ratios[1]:.1f} × ours"
        )
    lines += [
        f"  the page in full, as HTML: {html * 1e3:.0f} ms",
        f"  the index: {indexed:.0f} s for all of it, its own indexes made at the end; then {fresh:.0f} "
        f"fresh versions a second (writing the history took {made:.0f} s)",
    ]
    sys.stdout.write("\n".join(lines) + "\n")
