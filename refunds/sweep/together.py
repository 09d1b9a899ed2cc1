"""A page of due cases in one transaction: what is plain is approved, what a rail stops is held."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from backoffice.actors import Actor
from backoffice.audit.recording import recorded
from refunds.actions import ACTIONS
from refunds.deciding import rails
from refunds.sweep import holding, locks
from refunds.sweep.approving import approve_set
from refunds.sweep.due import Due
from refunds.sweep.fitting import fitting
from refunds.sweep.single import stop_if_disconnected

logger = logging.getLogger(__name__)
APPROVE, HOLD = ACTIONS["auto_approve"], ACTIONS["hold"]


@dataclass
class Outcome:
    """How many were approved and held; which cases somebody else holds, and which have to be done alone."""

    approved: int = 0
    held: int = 0
    locked: set[int] = field(default_factory=set)
    alone: set[int] = field(default_factory=set)

    def __add__(self, other: "Outcome") -> "Outcome":
        return Outcome(
            self.approved + other.approved,
            self.held + other.held,
            self.locked | other.locked,
            self.alone | other.alone,
        )


def decide_together(page: Sequence[Due], *, actor: Actor, at: datetime) -> Outcome:
    """Approve the cases that every check lets through, hold those that a rail stops: all or nothing.

    Where that fails, each half is tried by itself, until the case that it fails at is left alone.
    """
    case_ids = {due.case_id for due in page}
    if actor.user.get_username() not in APPROVE.systems or not page:
        return Outcome(alone=case_ids)
    try:
        return _decide(page, actor, at)
    except Exception as error:
        stop_if_disconnected(error)
        if len(page) == 1:
            return Outcome(alone=case_ids)
        logger.warning("%d cases could not be decided together: %r", len(page), error)
    half = len(page) // 2
    first, second = (
        decide_together(part, actor=actor, at=at) for part in (page[:half], page[half:])
    )
    return first + second


def _decide(page: Sequence[Due], actor: Actor, at: datetime) -> Outcome:
    with recorded(actor, APPROVE.reason, APPROVE.name):
        free = locks.take(page)
        fit = fitting(free, at)
        approve_set(fit.approve)
        held = _hold(free.difference(fit.approve, fit.busy), fit.no_room, actor, at)
    return Outcome(
        len(fit.approve),
        len(held),
        locked={due.case_id for due in page} - free.difference(fit.busy),
        alone=free.difference(fit.approve, fit.busy, held),
    )


def _hold(case_ids: set[int], no_room: list[int], actor: Actor, at: datetime) -> set[int]:
    """Hold what a rail or the day's cap stops; gives what was held."""
    groups = holding.stopped(case_ids, at) if case_ids else {}
    if no_room:
        groups[rails.CAP_REACHED] = no_room
    with recorded(actor, HOLD.reason, HOLD.name):
        for why, group in groups.items():
            holding.hold_set(group, why)
    return {case_id for group in groups.values() for case_id in group}
