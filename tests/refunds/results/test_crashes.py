"""A worker that dies at any statement of its work leaves nothing half done, and the next one ends it."""

import io

import pytest

from backoffice.actors import person
from refunds.models import ResultImport, ResultRow
from refunds.results import bring_result, checking, confirm_result
from tests.bulk.dying import dies_everywhere
from tests.cast import Cast
from tests.refunds.compensations import do, propose
from tests.refunds.factories import make_order
from tests.refunds.invariants import broken
from tests.refunds.money import answer, bring_day, csv_of, queue_payouts, rows_of, send
from tests.refunds.results.rows import snapshot


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
