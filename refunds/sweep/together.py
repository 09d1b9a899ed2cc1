"""A page of due cases in one transaction: what is plain is approved, what a rail stops is held."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from backoffice.actors import Actor
from backoffice.audit.recording import recorded
from refunds.actions import ACTIONS
from refunds.sweep import locks
from refunds.sweep.approving import approve_set
from refunds.sweep.due import Due
from refunds.sweep.fitting import fitting
from refunds.sweep.single import stop_if_disconnected

logger = logging.getLogger(__name__)
APPROVE = ACTIONS["auto_approve"]


@dataclass
class Outcome:
    """How many were approved; which cases somebody else holds, and which have to be done alone."""

    approved: int = 0
    locked: set[int] = field(default_factory=set)
    alone: set[int] = field(default_factory=set)

    def __add__(self, other: "Outcome") -> "Outcome":
        return Outcome(
            self.approved + other.approved, self.locked | other.locked, self.alone | other.alone
        )


def approve_together(page: Sequence[Due], *, actor: Actor, at: datetime) -> Outcome:
    """Approve those of the cases that every check lets through, all of them or none.

    Where that fails, each half is tried by itself, until the case that it fails at is left alone.
    """
    case_ids = {due.case_id for due in page}
    if actor.user.get_username() not in APPROVE.systems or not page:
        return Outcome(alone=case_ids)
    try:
        return _approve(page, actor, at)
    except Exception as error:
        stop_if_disconnected(error)
        if len(page) == 1:
            return Outcome(alone=case_ids)
        logger.warning("%d cases could not be approved together: %r", len(page), error)
    half = len(page) // 2
    first, second = (
        approve_together(part, actor=actor, at=at) for part in (page[:half], page[half:])
    )
    return first + second


def _approve(page: Sequence[Due], actor: Actor, at: datetime) -> Outcome:
    with recorded(actor, APPROVE.reason, APPROVE.name):
        free = locks.take(page)
        fit = fitting(free, at)
        approve_set(fit)
    return Outcome(len(fit), locked={due.case_id for due in page} - free, alone=free - set(fit))
