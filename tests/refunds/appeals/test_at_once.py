"""An appeal and a batch at the same moment: the payout is frozen or in the batch, never both."""

import pytest
from django.core.cache import cache

from backoffice.actors import person
from backoffice.exceptions import BackofficeError
from refunds.batches.building import build, void
from refunds.models import Payout, RefundCase
from refunds.workflow import perform
from tests.cast import Cast, make_cast
from tests.refunds.disputes import appealed, dispute_of, payout_of, upheld
from tests.refunds.factories import fetch
from tests.refunds.money import release
from tests.threads import at_once, unexpected

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
ROUNDS = 10


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    """The cast, committed, so that other connections see it."""
    cache.clear()
    return make_cast()


def appeal(cast: Cast, case: RefundCase) -> RefundCase:
    return perform("appeal", case_id=case.pk, actor=person(cast.manager), words="Another lamp.")


def test_an_appeal_and_a_builder_at_once_do_one_of_both(cast: Cast) -> None:
    for _ in range(ROUNDS):
        case = upheld(cast)
        payout = payout_of(case)
        results = at_once(
            lambda case=case: appeal(cast, case),
            lambda pk=payout.pk: build(
                store_id=cast.a.pk, currency="CNY", actor=person(cast.finance), payout_ids=[pk]
            ),
        )
        assert unexpected(results, BackofficeError) == []
        payout = payout_of(case)
        assert payout.frozen == (payout.batch is None)
        assert dispute_of(case).appealed_at is not None


def test_an_appeal_and_a_release_at_once_leave_the_batch_whole(cast: Cast) -> None:
    for _ in range(ROUNDS):
        case = upheld(cast)
        batch = build(store_id=cast.a.pk, currency="CNY", actor=person(cast.finance))
        results = at_once(
            lambda case=case: appeal(cast, case),
            lambda pk=batch.pk: release(batch_id=pk, actor=person(cast.checker)),
        )
        assert [r for r in results if isinstance(r, Exception)] == []
        payout = payout_of(case)
        assert (payout.state, payout.frozen) == ("approved", False)


def test_what_comes_out_of_a_batch_during_an_appeal_is_always_frozen(cast: Cast) -> None:
    for _ in range(ROUNDS):
        case = upheld(cast)
        batch = build(store_id=cast.a.pk, currency="CNY", actor=person(cast.finance))
        results = at_once(
            lambda case=case: appeal(cast, case),
            lambda pk=batch.pk: void(batch_id=pk, actor=person(cast.finance)),
        )
        assert [r for r in results if isinstance(r, Exception)] == []
        assert (payout_of(case).batch, payout_of(case).frozen) == (None, True)


def test_two_appeals_at_once_are_one(cast: Cast) -> None:
    for _ in range(ROUNDS):
        case = upheld(cast)
        results = at_once(*[lambda case=case: appeal(cast, case)] * 2)
        assert unexpected(results, BackofficeError) == []
        assert [isinstance(r, BackofficeError) for r in results].count(True) == 1
        assert [v.action for v in case.history.all()].count("appeal") == 1


def test_an_appeal_is_decided_once_and_a_builder_takes_what_it_freed(cast: Cast) -> None:
    for _ in range(ROUNDS):
        case = appealed(cast)
        decisions = [
            lambda case=case, verdict=verdict: perform(
                "decide_appeal",
                case_id=case.pk,
                actor=person(cast.platform),
                verdict=verdict,
                grounds="Looked at again.",
            )
            for verdict in ("buyer", "merchant")
        ]
        results = at_once(
            *decisions,
            lambda: build(store_id=cast.a.pk, currency="CNY", actor=person(cast.finance)),
        )
        assert unexpected(results, BackofficeError) == []
        assert [isinstance(r, BackofficeError) for r in results[:2]].count(True) == 1
        payout, state = payout_of(case), fetch(case).state
        assert (state, payout.state) in (("rejected", "cancelled"), ("reviewed", "queued"))
        assert payout.batch is None or not payout.frozen
        if payout.state == Payout.State.CANCELLED:
            assert payout.batch is None
