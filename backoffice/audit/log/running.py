"""Verifying in the background because somebody asked: the row is the job.

A verification waits in the database. Whoever looks – the task that was queued with it, or the next tick –
carries on. One that was killed is begun again: it only reads.
"""

import logging
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from typing import Any

from celery import shared_task
from django.core.cache import cache
from django.db import connection, transaction
from django.utils import translation
from django.utils.translation import gettext_noop

from backoffice.actors import Actor, Source, person
from backoffice.audit.log.models import Verification
from backoffice.audit.log.notes import Note
from backoffice.audit.log.signed import checkpoint_of
from backoffice.audit.log.verifying import LogReport, verify_log
from backoffice.audit.recording import recorded
from backoffice.audit.verify import Report, verify
from backoffice.bulk.jobs import ATTEMPTS, LEASE
from backoffice.bulk.progress import forget, report
from backoffice.clock import now
from backoffice.exceptions import NotAllowed

logger = logging.getLogger(__name__)
State = Verification.State
PERMISSION = "backoffice.verify_history"
SHOWN = 100  # findings that are kept with the row
ROWS, LEAVES = (
    gettext_noop("Comparing rows with their last versions"),
    gettext_noop("Comparing history with what was signed"),
)
ASKED, BEGUN, ENDED, GIVEN_UP = (
    gettext_noop("Somebody wants to know whether history holds."),
    gettext_noop("The verification began."),
    gettext_noop("The verification came to its end."),
    gettext_noop("The verification was given up."),
)
BROKEN = gettext_noop("History could not be verified. Tell the people who run this program.")


def ask(*, actor: Actor, only_new: bool) -> Verification:
    """Have history verified: all of it, or what came after the last one that held.

    Raises ``NotAllowed`` without the permission.
    """
    if not actor.user.has_perm(PERMISSION):
        raise NotAllowed
    last = last_that_held() if only_new else None
    with recorded(actor, ASKED):
        run = Verification.objects.create(
            asked_by=actor.user,
            asked_at=now(),
            since=last.size if last else 0,
            language=translation.get_language() or "en",
        )
        send = partial(verify_task.apply_async, (run.pk,), retry=False)
        transaction.on_commit(send, robust=True)
    return run


def last_that_held() -> Verification | None:
    """The last verification that found nothing and came to a checkpoint."""
    held = Verification.objects.filter(state=State.HOLDS, size__gt=0)
    return held.order_by("-pk").first()


def key_of(run: Verification) -> str:
    """The name of a verification in the cache."""
    return f"verification:{run.pk}"


@shared_task(name="backoffice.verify")
def verify_task(pk: int) -> None:
    """Carry on with one verification."""
    run = Verification.objects.filter(pk=pk).first()
    if run is not None:
        carry_on(run)


def look_for_verifications() -> int:
    """Carry on with every verification that waits; gives their number. Called by each tick."""
    waiting = list(Verification.objects.filter(state__in=Verification.WAITING).order_by("pk"))
    for run in waiting:
        carry_on(run)
    return len(waiting)


def carry_on(run: Verification) -> None:
    """Verify if ``run`` waits and nobody is at it. Twice at once, or again, does it once."""
    key = key_of(run)
    if run.state not in Verification.WAITING or not cache.add(f"lease:{key}", 1, LEASE):
        return
    try:
        with translation.override(run.language):
            _verify(run, key)
    finally:
        cache.delete(f"lease:{key}")
        forget(key)


def _verify(run: Verification, key: str) -> None:
    if _tries(key) > ATTEMPTS:
        _move(run, State.FAILED, GIVEN_UP, message=BROKEN, ended_at=now())
        return
    _move(run, State.RUNNING, BEGUN)
    try:
        rows, log = _look(run.since, _pulse(key))
    except Exception:  # a defect: logged, and tried again at the next tick
        logger.exception("Verification %s is tried again.", run.pk)
        if connection.in_atomic_block:
            raise
        return
    findings = rows.findings + log.findings.kept
    _move(
        run,
        State.BROKEN if findings else State.HOLDS,
        ENDED,
        ended_at=now(),
        size=log.held,
        leaves=log.leaves,
        checkpoints=log.checkpoints,
        rows=rows.rows,
        found=len(rows.findings) + log.findings.count,
        findings=[asdict(finding) for finding in findings[:SHOWN]],
    )


def _look(since: int, progress: Callable[[str, int, int], None]) -> tuple[Report, LogReport]:
    note: Note | None = checkpoint_of(since) if since else None
    progress(ROWS, 0, 0)
    rows = Report() if note else verify()
    return rows, verify_log(since=note, progress=partial(progress, LEAVES))


def _pulse(key: str) -> Callable[[str, int, int], None]:
    """Says how far it is, and that somebody is at it."""

    def pulse(step: str, done: int, total: int) -> None:
        cache.set(f"lease:{key}", 1, LEASE)
        report(key, step=step, done=done, total=total)

    return pulse


def _tries(key: str) -> int:
    cache.add(f"tries:{key}", 0, 24 * 3600)
    return cache.incr(f"tries:{key}")


def _move(run: Verification, state: str, why: str, **values: Any) -> None:
    """Write the next state under the row's lock, if it still waits."""
    with recorded(person(run.asked_by, Source.COMMAND), why):
        rows = Verification.objects.all()
        if connection.features.has_select_for_update:
            rows = rows.select_for_update(of=("self",))
        held = rows.get(pk=run.pk)
        if held.state in Verification.WAITING:
            held.state = state
            for name, value in values.items():
                setattr(held, name, value)
            held.save()
