"""Released gateway batches for tests, and the worker's turns."""

from datetime import timedelta

import time_machine

from backoffice import clock
from backoffice.actors import INSTALLER, person, system
from backoffice.audit.recording import recorded
from merchants.models import Store
from refunds.batches.building import build
from refunds.gateways.working import work
from refunds.models import Payout, PayoutGateway, RefundBatch
from tests.cast import Cast
from tests.refunds.money import queue_payouts, release


def open_gateway(store: Store, **fields: object) -> PayoutGateway:
    """A gateway of the store, through the sandbox."""
    with recorded(system(INSTALLER), "A gateway for a test."):
        return PayoutGateway.objects.create(
            **{"store": store, "provider": "sandbox", "account": "demo", **fields}
        )


def released_batch(cast: Cast, *prices: str) -> RefundBatch:
    """A batch of store A that was released, and leaves through its gateway."""
    PayoutGateway.objects.filter(store=cast.a).exists() or open_gateway(cast.a)
    queue_payouts(cast.a, cast.staff, *prices)
    batch = build(store_id=cast.a.pk, currency="CNY", actor=person(cast.finance))
    release(batch_id=batch.pk, actor=person(cast.checker))
    return RefundBatch.objects.get(pk=batch.pk)


def states(batch: RefundBatch) -> list[str]:
    """The states of the batch's payouts, in their order."""
    return list(Payout.objects.filter(batch=batch).order_by("pk").values_list("state", flat=True))


def work_on(hours: float = 3, step: float = 20) -> None:
    """Let workers take turns through so many hours, without waiting for them."""
    now = clock.now()
    with time_machine.travel(now, tick=True) as journey:
        for _turn in range(int(hours * 60 / step) + 1):
            work()
            journey.shift(timedelta(minutes=step))
