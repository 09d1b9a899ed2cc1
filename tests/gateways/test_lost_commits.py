"""The connection to the database is lost during a COMMIT: before it counts, or after it did."""

import os
import random
from itertools import product

import pytest
from django.db import Error

from backoffice.actors import GATEWAY, system
from refunds.gateways.working import work
from refunds.models import Payout, RefundBatch
from tests.cast import Cast
from tests.gateways.paying import released_batch, states, work_on
from tests.gateways.provider import Provider
from tests.losing import losing
from tests.refunds.invariants import broken

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
# The batch begun, its payout claimed, its answer recorded, the batch closed in two – and looks between.
LOSSES = list(product(range(1, 8), (True, False)))
TRIED = LOSSES if "SOAK_KILLS" in os.environ else random.Random(20261127).sample(LOSSES, 5)


def test_a_commit_whose_answer_is_lost_pays_nobody_twice(
    cast: Cast, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    system(GATEWAY)
    for nth, counted in TRIED:
        batch = released_batch(cast, "50.00")
        with losing(monkeypatch, nth, counted=counted) as lost, pytest.raises(Error):
            work()
        assert lost.happened, nth
        work_on(hours=1)
        payout = Payout.objects.get(batch=batch)
        assert (states(batch), payout.case.state) == (["settled"], "refunded"), (nth, counted)
        assert RefundBatch.objects.get(pk=batch.pk).state == "reconciled"
        assert payout.number in provider.executed()
        assert len(provider.executed()) == Payout.objects.count()
    assert broken() == []
