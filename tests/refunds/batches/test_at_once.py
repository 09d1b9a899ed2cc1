"""Two people, or two workers, at the same moment: on PostgreSQL, with real locks."""

from functools import partial

import pytest
from django.core.cache import cache

from backoffice.actors import person
from backoffice.bulk.jobs import carry_on
from backoffice.exceptions import BackofficeError
from refunds.batches.building import build, void
from refunds.batches.files import export
from refunds.batches.handed_out import opened
from refunds.models import BatchFile, Payout, RefundBatch, RefundCase, ResultImport
from refunds.payouts.queueing import retry
from refunds.results import confirm_result
from tests.cast import Cast, make_cast
from tests.refunds.money import (
    answer,
    apply,
    bring,
    csv_of,
    queue_payouts,
    release,
    rows_of,
    sealed_batch,
    sent_batch,
)
from tests.threads import at_once, unexpected

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    """The cast, committed, so that other connections see it."""
    cache.clear()
    return make_cast()


def test_two_builders_at_once_put_each_payout_into_one_batch(cast: Cast) -> None:
    payouts = queue_payouts(cast.a, cast.staff, *["10.00"] * 30)
    finance = person(cast.finance)
    jobs = [lambda: build(store_id=cast.a.pk, currency="CNY", actor=finance)] * 4
    results = at_once(*jobs)
    assert not unexpected(results, BackofficeError), results
    batches = list(RefundBatch.objects.all())
    assert sum(batch.count for batch in batches) == len(payouts)
    assert all(batch.count == batch.payouts.count() for batch in batches)
    assert not Payout.objects.filter(batch=None).exists()


def test_two_builders_who_chose_the_same_get_one_batch(cast: Cast) -> None:
    chosen = [payout.pk for payout in queue_payouts(cast.a, cast.staff, *["10.00"] * 5)]
    finance = person(cast.finance)
    job = partial(build, store_id=cast.a.pk, currency="CNY", actor=finance, payout_ids=chosen)
    results = at_once(job, job, job)
    assert not unexpected(results, BackofficeError), results
    assert RefundBatch.objects.get().count == 5


def test_release_and_void_at_once_do_one_of_both(cast: Cast) -> None:
    batch = sealed_batch(cast, "10.00", "20.00")
    results = at_once(
        lambda: release(batch_id=batch.pk, actor=person(cast.checker)),
        lambda: void(batch_id=batch.pk, actor=person(cast.finance)),
    )
    assert len([r for r in results if isinstance(r, BackofficeError)]) == 1
    states = set(Payout.objects.values_list("state", "batch"))
    assert states in ({("approved", batch.pk)}, {("queued", None)})


def test_two_downloads_at_once_give_the_same_bytes(cast: Cast) -> None:
    batch = sealed_batch(cast, "10.00", "20.00")
    release(batch_id=batch.pk, actor=person(cast.checker))
    job = partial(export, batch_id=batch.pk, actor=person(cast.finance), file_format="xlsx")
    results = at_once(job, job, job)
    assert not [r for r in results if isinstance(r, Exception)], results
    assert len({opened(kept) for kept in results}) == 1
    assert (BatchFile.objects.count(), batch.history.filter(action="download").count()) == (1, 3)


def test_one_file_brought_twice_and_applied_at_once_is_applied_once(cast: Cast) -> None:
    batch = sent_batch(cast, "10.00", "20.00")
    content = csv_of([answer(payout) for payout in rows_of(batch)])
    runs = [bring(cast, batch, content) for _ in range(2)]
    for run in runs:
        confirm_result(run_id=run.pk, actor=person(cast.finance))
    results = at_once(*[lambda run=run: carry_on(run) for run in runs])
    assert not unexpected(results, BackofficeError), results
    for run in ResultImport.objects.filter(state="uploaded"):
        carry_on(run)  # it was overtaken, so it is checked again
    assert sorted(ResultImport.objects.values_list("state", flat=True)) == ["applied", "refused"]
    assert {p.case.state for p in rows_of(batch)} == {"refunded"}
    for payout in rows_of(batch):
        assert payout.history.filter(action="answer").count() == 1
    for case in RefundCase.objects.all():
        assert case.history.filter(action="refund").count() == 1


def test_a_failed_payout_queued_again_twice_at_once_is_queued_once(cast: Cast) -> None:
    batch = sent_batch(cast, "10.00")
    (payout,) = rows_of(batch)
    apply(cast, batch, [answer(payout, "failed", "No")])
    job = partial(retry, payout_id=payout.pk, actor=person(cast.finance))
    results = at_once(job, job, job)
    assert not unexpected(results, BackofficeError), results
    assert Payout.objects.filter(state="queued").count() == 1
