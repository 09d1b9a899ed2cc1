"""Two files, or a file and people, at the same moment: on PostgreSQL, with real locks."""

from itertools import pairwise

import pytest
from django.core.cache import cache

from backoffice.actors import person
from backoffice.bulk.jobs import carry_on
from backoffice.exceptions import BackofficeError, WrongState
from refunds.models import Payout, RefundCase, ResultImport
from refunds.payouts.queueing import retry
from refunds.results import cancel_result, confirm_result
from tests.cast import Cast, make_cast
from tests.refunds.invariants import broken
from tests.refunds.money import HEADER as HEAD
from tests.refunds.money import answer, apply, bring, bring_day, csv_of, rows_of, sent_batch, step
from tests.threads import at_once, unexpected

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    """The cast, committed, so that other connections see it."""
    cache.clear()
    return make_cast()


def carried(run: ResultImport) -> None:
    carry_on(ResultImport.objects.get(pk=run.pk))


def states(*runs: ResultImport) -> list[str]:
    return sorted(ResultImport.objects.get(pk=run.pk).state for run in runs)


def test_two_files_with_the_same_answers_at_once_answer_once(cast: Cast) -> None:
    batch = sent_batch(cast, *["10.00"] * 6)
    rows = [answer(payout) for payout in rows_of(batch)]
    runs = [bring_day(cast, csv_of(some)) for some in (rows, rows[::-1])]
    for run in runs:
        confirm_result(run_id=run.pk, actor=person(cast.finance))
    results = at_once(*[lambda run=run: carried(run) for run in runs])
    assert not unexpected(results), results
    assert states(*runs) == ["applied", "uploaded"]  # the second one asks again
    for payout in rows_of(batch):
        assert payout.history.filter(action="answer").count() == 1
        assert payout.case.history.filter(action="refund").count() == 1
    assert broken() == []


def test_two_files_that_contradict_each_other_at_once_apply_one(cast: Cast) -> None:
    batch = sent_batch(cast, *["10.00"] * 6)
    payouts = rows_of(batch)
    runs = [
        bring_day(cast, csv_of([answer(payout, status) for payout in payouts]))
        for status in ("settled", "failed")
    ]
    for run in runs:
        confirm_result(run_id=run.pk, actor=person(cast.finance))
    results = at_once(*[lambda run=run: carried(run) for run in runs])
    assert not unexpected(results), results
    assert states(*runs) == ["applied", "uploaded"]
    for run in runs:
        step(run)
    assert states(*runs) == ["applied", "quarantined"]
    assert len(set(Payout.objects.values_list("state", flat=True))) == 1
    assert broken() == []


def test_files_whose_batches_overlap_never_wait_for_each_other(cast: Cast) -> None:
    batches = [sent_batch(cast, *["10.00"] * 3) for _ in range(4)]
    runs = [
        bring_day(cast, csv_of([answer(rows_of(batch)[n]) for batch in pair]))
        for n, pair in enumerate([*pairwise(batches), batches[::-3]][:3])
    ]
    for run in runs:
        confirm_result(run_id=run.pk, actor=person(cast.finance))
    results = at_once(*[lambda run=run: carried(run) for run in runs])
    assert not unexpected(results), results
    for run in runs:  # whoever found that a batch had moved meanwhile asked again
        if step(run).state == "checked":
            confirm_result(run_id=run.pk, actor=person(cast.finance))
            step(run)
    assert states(*runs) == ["applied"] * 3
    assert broken() == []


def test_a_file_and_a_retry_at_once_leave_one_live_payout(cast: Cast) -> None:
    batch = sent_batch(cast, "10.00", "20.00")
    failed, other = rows_of(batch)
    apply(cast, batch, [answer(failed, "failed", "No")])
    for _time in range(4):
        run = bring(
            cast,
            batch,
            csv_of([answer(failed, "failed", "No"), answer(other)], [*HEAD, str(_time)]),
        )
        confirm_result(run_id=run.pk, actor=person(cast.finance))
        results = at_once(
            lambda run=run: carried(run),
            lambda: retry(payout_id=failed.pk, actor=person(cast.finance)),
        )
        assert not unexpected(results, BackofficeError), results
        assert Payout.objects.filter(case=failed.case_id).exclude(state="failed").count() == 1
    assert Payout.objects.get(pk=other.pk).state == "settled"
    assert broken() == []


def test_of_applying_and_dropping_at_once_one_happens(cast: Cast) -> None:
    for _time in range(6):
        batch = sent_batch(cast, "10.00", "20.00")
        run = bring(cast, batch, csv_of([answer(payout) for payout in rows_of(batch)]))
        confirm_result(run_id=run.pk, actor=person(cast.finance))
        results = at_once(
            lambda run=run: carried(run),
            lambda run=run: cancel_result(run_id=run.pk, actor=person(cast.finance)),
        )
        assert not unexpected(results, WrongState), results
        (state,), found = states(run), {payout.state for payout in rows_of(batch)}
        assert (state, found) in (("applied", {"settled"}), ("cancelled", {"sent"}))
        assert isinstance(results[1], WrongState) == (state == "applied")
    assert RefundCase.objects.exclude(state__in=("refunded", "reviewed")).count() == 0
    assert broken() == []


def test_of_confirming_and_dropping_at_once_the_file_goes_one_way(cast: Cast) -> None:
    batch = sent_batch(cast, "10.00")
    for _time in range(6):
        rows = [answer(payout) for payout in rows_of(batch)]
        run = bring(cast, batch, csv_of(rows, [*HEAD, str(_time)]))
        results = at_once(
            lambda run=run: confirm_result(run_id=run.pk, actor=person(cast.finance)),
            lambda run=run: cancel_result(run_id=run.pk, actor=person(cast.finance)),
        )
        assert not unexpected(results, WrongState), results
        assert states(run) in (["confirmed"], ["cancelled"])
        if states(run) == ["confirmed"]:
            cancel_result(run_id=run.pk, actor=person(cast.finance))
    assert rows_of(batch)[0].state == "sent"
