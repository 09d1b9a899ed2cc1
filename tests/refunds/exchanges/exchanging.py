"""Exchanges, and what becomes of them."""

import time_machine

from refunds.models import Kind, RefundCase, Replacement
from refunds.sweep import expire_deadlines
from tests.cast import Cast
from tests.refunds.factories import fetch
from tests.refunds.goods import make_return


def make_exchange(cast: Cast, *lines: tuple[int, str]) -> RefundCase:
    return make_return(cast, *(lines or [(1, "50.00")]), kind=Kind.EXCHANGE)


def sends(case: RefundCase) -> list[tuple[str, int]]:
    """What the live replacement of the case sends."""
    live = Replacement.objects.get(case=case, cancelled_at=None)
    return list(live.lines.values_list("sku", "quantity"))


def lapse(cast: Cast, case: RefundCase) -> None:
    with time_machine.travel(fetch(case).due_at):
        assert expire_deadlines().decided == 1
