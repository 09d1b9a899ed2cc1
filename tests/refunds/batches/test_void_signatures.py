"""What a signature holds for: whatever changes the batch voids it."""

import pytest

from backoffice.actors import person
from backoffice.exceptions import StaleVersion, WrongState
from backoffice.models import User
from backoffice.stepup import Proof
from refunds.batches import releasing
from refunds.batches.drafts import reopen, seal_draft
from refunds.models import BatchApproval
from refunds.payouts.queueing import redirect
from tests.cast import Cast
from tests.refunds.batches.signing import ACCOUNT, fetch, limit
from tests.refunds.money import release, rows_of, sealed_batch


def test_an_edit_voids_the_signatures(cast: Cast, two: tuple[User, User]) -> None:
    limit()
    batch = sealed_batch(cast, "60.00", "20.00")
    release(batch_id=batch.pk, actor=person(two[0]))
    redirect(
        payout_id=rows_of(batch)[0].pk, way=ACCOUNT, note="Closed.", actor=person(cast.finance)
    )
    row = BatchApproval.objects.get()
    assert row.voided_at is not None
    assert row.history.latest().history_user == cast.finance
    seal_draft(batch_id=batch.pk, actor=person(cast.finance))
    assert fetch(batch).count == 1
    release(batch_id=batch.pk, actor=person(two[0]))  # below the limit now: one suffices
    assert fetch(batch).state == "released"


def test_a_stale_tab_releases_nothing(cast: Cast) -> None:
    batch = sealed_batch(cast, "10.00", "20.00")
    seen, finance = batch.sha256, person(cast.finance)
    redirect(payout_id=rows_of(batch)[0].pk, way=ACCOUNT, note="Closed.", actor=finance)
    seal_draft(batch_id=batch.pk, actor=finance)
    with pytest.raises(StaleVersion, match="after you opened the page"):
        releasing.release(
            batch_id=batch.pk,
            sha256=seen,
            proof=Proof(cast.checker.pk, "password"),
            actor=person(cast.checker),
        )
    assert {p.state for p in rows_of(batch)} == {"queued"}


def test_a_reopened_batch_is_not_released(cast: Cast) -> None:
    batch = sealed_batch(cast)
    reopen(batch_id=batch.pk, actor=person(cast.finance))
    with pytest.raises(WrongState, match="Draft"):
        release(batch_id=batch.pk, actor=person(cast.checker))
