"""What a worker does about gateways: a while at a time, so that other work gets its turn."""

import logging
import threading
import time
from dataclasses import dataclass

from celery import shared_task
from django.conf import settings
from django.db.models import Q

from backoffice import clock
from refunds.gateways.asking import ask_one
from refunds.gateways.recording import answered, close_batches, taken
from refunds.gateways.sending import begin_batches, send_one, waiting
from refunds.models import Payout, PayoutAttempt, PayoutGateway, RefundBatch

log = logging.getLogger(__name__)
TURN = 20.0  # seconds
_working = threading.Lock()


@dataclass
class Work:
    """How many payouts were sent, and how many were asked about."""

    sent: int = 0
    asked: int = 0


def work(seconds: float = TURN) -> Work:
    """Ask what is due, send what is approved, until nothing is left or the time is up.

    It needs nothing but the rows: any number of workers share it, and each may be killed at any time.
    """
    done, until = Work(), time.monotonic() + seconds
    begin_batches()
    while time.monotonic() < until:
        asked, sent = ask_one(), _send_round()
        done.asked += asked
        done.sent += sent
        if not asked and not sent:
            break
    close_batches()
    return done


def _send_round() -> int:
    """One payout through every gateway that has any."""
    gateways = PayoutGateway.objects.filter(paused=False)
    return sum(send_one(gateway) for gateway in gateways if waiting(gateway).exists())


@shared_task(name="refunds.gateways")
def work_for_a_while() -> None:
    """One turn of a worker, unless this process is still at it."""
    if not _working.acquire(blocking=False):
        return
    try:
        work()
    finally:
        _working.release()


def look_for_work() -> bool:
    """Have a worker take its turn, if there is anything to do. Called by each tick."""
    if not anything_to_do():
        return False
    work_for_a_while.apply_async(expires=settings.TICK_SECONDS, retry=False)
    return True


def anything_to_do() -> bool:
    """Whether a batch is to be begun or closed, a payout to be sent or a question to be asked."""
    ours = RefundBatch.objects.filter(gateway__isnull=False)
    waits = Q(state=RefundBatch.State.RELEASED, gateway__paused=False)
    moving = Q(
        state=RefundBatch.State.SENT, payouts__state=Payout.State.APPROVED, gateway__paused=False
    )
    due = PayoutAttempt.objects.filter(ask_at__lte=clock.now())
    rows = (ours.filter(waits | moving), due, taken(), answered())
    return any(found.exists() for found in rows)
