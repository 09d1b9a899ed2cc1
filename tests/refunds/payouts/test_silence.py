"""A bank that does not answer: after three days its payouts are unknown, and people are told."""

from datetime import timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.utils.timezone import now

from backoffice.tasks import tick
from refunds.models import Notice, Payout, RefundBatch
from refunds.payouts.silence import PATIENCE, look, look_now_and_then
from refunds.payouts.unknowns import tell
from tests.cast import Cast
from tests.refunds.invariants import broken
from tests.refunds.money import answer, apply, rows_of, sent_batch


def states(batch: RefundBatch) -> list[str]:
    return [payout.state for payout in rows_of(batch)]


def test_what_the_bank_never_answers_is_unknown_after_three_days(cast: Cast) -> None:
    start = now()
    with time_machine.travel(start, tick=False):
        batch = sent_batch(cast, "10.00", "5.00")
        first, second = rows_of(batch)
        apply(cast, batch, [answer(first)])
    with time_machine.travel(start + timedelta(hours=71, minutes=59), tick=False):
        assert look() == 0
        assert states(batch) == ["settled", "sent"]
    with time_machine.travel(start + timedelta(hours=72), tick=False):
        assert look() == 1
        assert look() == 0
        assert tell() == 1
    assert states(batch) == ["settled", "unknown"]
    version = second.history.latest()
    assert (version.actor_name, version.action) == ("timer", "lose_track")
    assert version.history_change_reason.startswith("The bank has not answered for three days")
    assert Notice.objects.get(kind="unknown").recipient == cast.finance
    assert broken() == []


def test_each_tick_looks_for_silent_banks(cast: Cast) -> None:
    batch = sent_batch(cast, "10.00")
    cache.clear()
    with time_machine.travel(now() + PATIENCE, tick=False):
        tick()
    assert states(batch) == ["unknown"]


def test_a_later_answer_still_counts(cast: Cast) -> None:
    batch = sent_batch(cast, "10.00")
    with time_machine.travel(now() + timedelta(days=4), tick=False):
        assert look() == 1
        apply(cast, batch, [answer(payout) for payout in rows_of(batch)])
    payout = Payout.objects.get()
    assert (payout.state, payout.case.state) == ("settled", "refunded")


@pytest.mark.once
def test_one_machine_looks_every_ten_minutes(cast: Cast) -> None:
    cache.clear()
    assert (look_now_and_then(), look_now_and_then()) == (0, None)
