"""The sweep: page by page over all that is due, then once more over what somebody held."""

from collections.abc import Iterator
from datetime import datetime

from backoffice import clock
from backoffice.actors import TIMER, Actor, system
from refunds import troubles
from refunds.sweep.counts import Sweep
from refunds.sweep.due import Due, due, pages
from refunds.sweep.single import expire
from refunds.sweep.together import APPROVE, decide_together
from refunds.sweep.turns import Turns, one_writer

PAGE, SMALL_PAGE = 5_000, 250  # the small one, where a transaction keeps all others from writing


def expire_deadlines() -> Sweep:
    """Act on every case whose deadline has passed. One bad case never stops the others.

    It needs nothing but the rows: killed at any moment, it is carried on by the next one. Two at once
    share the work. What somebody else holds is tried again at the end, and left to the next sweep.
    """
    sweep, actor, at = Sweep(), system(TIMER), clock.trusted_now()
    size, turns, locked = SMALL_PAGE if one_writer() else PAGE, Turns(), []
    for page in pages(at, size):
        locked += _expire(sweep, page, actor, at, turns)
    for page in _in_pages(locked, size):
        _expire(sweep, page, actor, at, turns)
    troubles.forget(troubles.At.CASE, due(at))
    return sweep


def _expire(sweep: Sweep, page: list[Due], actor: Actor, at: datetime, turns: Turns) -> list[Due]:
    """Work through one page; gives what somebody else holds."""
    turns.breathe()
    together = [row for row in page if row.action == APPROVE.name]
    outcome = decide_together(together, actor=actor, at=at)
    sweep.decided += outcome.approved
    sweep.held += outcome.held
    for row in page:
        if row.action != APPROVE.name or row.case_id in outcome.alone:
            turns.breathe()
            expire(sweep, row, actor)
    return [row for row in page if row.case_id in outcome.locked]


def _in_pages(rows: list[Due], size: int) -> Iterator[list[Due]]:
    return (rows[start : start + size] for start in range(0, len(rows), size))
