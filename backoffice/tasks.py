"""The tick: what beat asks the worker to look at, every few seconds."""

import logging
from collections.abc import Callable
from typing import Any

from celery import shared_task
from celery.signals import worker_init, worker_ready

from backoffice import env
from backoffice.audit.guards.standing import require_guards
from backoffice.health import TICK, beat
from backoffice.install import require_roles

log = logging.getLogger(__name__)
_work: list[Callable[[], object]] = []


def register_tick_work(work: Callable[[], object]) -> None:
    """Call ``work`` at every tick. It looks in the database for what is due, and may run twice."""
    if work not in _work:
        _work.append(work)


@shared_task(name="backoffice.tick")
def tick() -> None:
    """Do all registered work. What fails is logged and tried again at the next tick."""
    for work in _work:
        try:
            work()
        except Exception:
            log.exception("The tick's %s failed.", work.__qualname__)
    beat(TICK)


@worker_init.connect
def start_guarded_only(**_kwargs: Any) -> None:
    """No worker writes to tables that lost their guards, or for roles that no history knows."""
    with env.sentences():
        require_guards()
        require_roles()


@worker_ready.connect
def tick_at_once(**_kwargs: Any) -> None:
    """Look for what fell due while no worker ran, without waiting for beat."""
    tick.apply_async(expires=60)
