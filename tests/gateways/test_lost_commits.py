"""The connection to the database is lost during a COMMIT: before it counts, or after it did."""

import os
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import product
from typing import Any

import psycopg
import pytest
from django.db import Error, connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from backoffice.actors import GATEWAY, system
from refunds.gateways.working import work
from refunds.models import Payout, RefundBatch
from tests.cast import Cast
from tests.gateways.paying import released_batch, states, work_on
from tests.gateways.provider import Provider
from tests.refunds.invariants import broken

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
# The batch begun, its payout claimed, its answer recorded, the batch closed in two – and looks between.
LOSSES = list(product(range(1, 8), (True, False)))
TRIED = LOSSES if "SOAK_KILLS" in os.environ else random.Random(20261127).sample(LOSSES, 5)


class Lost:
    """Ends the connection at the ``nth`` COMMIT, as a server does that goes down."""

    def __init__(self, nth: int, *, counted: bool, commit: Callable[[Any], None]) -> None:
        self.left, self.counted, self.commit = nth, counted, commit
        self.happened = False

    def __call__(self, wrapper: BaseDatabaseWrapper) -> None:
        self.left -= 1
        if self.left:
            self.commit(wrapper)
            return
        self.happened = True
        if self.counted:
            self.commit(wrapper)
        with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as server:
            pid = wrapper.connection.info.backend_pid
            server.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
        with wrapper.wrap_database_errors:
            wrapper.connection.execute("SELECT 1")


@contextmanager
def losing(monkeypatch: pytest.MonkeyPatch, nth: int, *, counted: bool) -> Iterator[Lost]:
    wrapper = type(connections["default"])
    lost = Lost(nth, counted=counted, commit=wrapper._commit)
    with monkeypatch.context() as patch:
        patch.setattr(wrapper, "_commit", lambda self: lost(self))
        yield lost
    connection.close()


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
