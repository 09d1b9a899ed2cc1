"""A worker that dies at any statement of its work leaves nothing half done, and the next one ends it."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection, transaction

from backoffice.actors import person
from backoffice.bulk.jobs import carry_on
from refunds.models import ResultImport, ResultRow
from refunds.results import bring_result, checking, confirm_result
from tests.cast import Cast
from tests.refunds.compensations import do, propose
from tests.refunds.factories import make_order
from tests.refunds.invariants import broken
from tests.refunds.money import answer, bring_day, csv_of, queue_payouts, rows_of, send
from tests.refunds.results.rows import snapshot

# In a test savepoints stand for transactions: these end them, as the database does by itself.
ENDS = ("ROLLBACK", "RELEASE")


class Died(BaseException):
    """What no handler catches, as a killed process does not."""


class Fuse:
    """Lets so many statements through, and dies at the next one."""

    def __init__(self, left: int) -> None:
        self.left = left

    def __call__(
        self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any
    ) -> Any:
        if self.left == 0 and not sql.startswith(ENDS):
            raise Died
        self.left = max(0, self.left - 1)
        return execute(sql, params, many, context)


def dies_everywhere(run: ResultImport, waits: str, holds: Callable[[], bool]) -> int:
    """Work at ``run`` with ever longer fuses until it comes through; gives how often it died."""
    for statements in range(1_000):
        cache.clear()
        try:
            with connection.execute_wrapper(Fuse(statements)):
                carry_on(run)
        except Died:
            transaction.set_rollback(False)  # what was committed before stays, as it would
            assert ResultImport.objects.get(pk=run.pk).state == waits, statements
            assert holds(), statements
        else:
            return statements
    raise AssertionError("it never came through")


@pytest.fixture
def content(cast: Cast) -> bytes:
    """Answers of every kind: also one that is applied through the one way in."""
    case = propose(make_order(cast.a, (1, "100.00")), cast.staff, "goodwill", "5.00")
    do(case, cast.manager, "approve")
    batch = send(cast, *case.payouts.all(), *queue_payouts(cast.a, cast.staff, "50.00", "20.00"))
    first, second, third = rows_of(batch)
    return csv_of([answer(first), answer(second), answer(third, "failed", "Closed")])


def test_a_check_that_dies_at_any_statement_begins_anew(
    cast: Cast, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checking, "STEP", 1)  # every row is a boundary
    before = snapshot()
    run = bring_result(
        store_id=cast.a.pk, file=io.BytesIO(content), name="day.csv", actor=person(cast.finance)
    )
    assert dies_everywhere(run, "uploaded", lambda: snapshot() == before) > 20
    run = ResultImport.objects.get(pk=run.pk)
    assert (run.state, run.counts["settled"], run.counts["failed"]) == ("checked", 2, 1)
    assert ResultRow.objects.count() == 3


def test_an_application_that_dies_at_any_statement_leaves_nothing(
    cast: Cast, content: bytes
) -> None:
    run = bring_day(cast, content)
    confirm_result(run_id=run.pk, actor=person(cast.finance))
    before = snapshot()
    assert dies_everywhere(run, "confirmed", lambda: snapshot() == before) > 40
    assert ResultImport.objects.get(pk=run.pk).state == "applied"
    assert not ResultRow.objects.exists()
    assert broken() == []
