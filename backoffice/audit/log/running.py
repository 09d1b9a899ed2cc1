"""Verifying in the background because somebody asked, or because it was time: the row is the job.

A verification waits in the database. Whoever looks – the task that was queued with it, or beat's next –
carries on. One that was killed is begun again: it only reads.
"""

import logging
from collections.abc import Callable
from functools import partial
from typing import Any

from celery import shared_task
from django.core.cache import cache
from django.db import connection, transaction
from django.utils.translation import gettext_noop

from backoffice.actors import Actor, Source, person
from backoffice.audit.findings import Finding, Kind, put_down
from backoffice.audit.log import alarms
from backoffice.audit.log.models import Verification
from backoffice.audit.log.notes import Note
from backoffice.audit.log.sealing import seal
from backoffice.audit.log.signed import checkpoint_of
from backoffice.audit.log.verifying import LogReport, verify_log
from backoffice.audit.recording import recorded
from backoffice.audit.verify import Report, verify
from backoffice.bulk.jobs import ATTEMPTS
from backoffice.bulk.leases import leased, room_for_long_work
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
    run = begin(actor=actor, only_new=only_new, reason=ASKED)
    with transaction.atomic():
        send = partial(verify_task.apply_async, (run.pk,), retry=False)
        transaction.on_commit(send, robust=True)
    return run


def begin(*, actor: Actor, only_new: bool, reason: str) -> Verification:
    """Write down that history is to be verified; whoever looks for verifications finds it."""
    last = last_that_held() if only_new else None
    with recorded(actor, reason):
        run: Verification = Verification.objects.create(
            asked_by=actor.user, asked_at=now(), since=last.size if last else 0
        )
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
    """Carry on with every verification that waits; gives their number."""
    waiting = list(Verification.objects.filter(state__in=Verification.WAITING).order_by("pk"))
    for run in waiting:
        carry_on(run)
    return len(waiting)


def carry_on(run: Verification) -> None:
    """Verify if ``run`` waits and nobody is at it. Twice at once, or again, does it once."""
    key = key_of(run)
    if run.state not in Verification.WAITING:
        return
    with room_for_long_work() as granted, leased(key) as ours:
        if granted and ours:
            _verify(run, key)
            forget(key)


def _verify(run: Verification, key: str) -> None:
    if _tries(key) > ATTEMPTS:
        _move(run, State.FAILED, GIVEN_UP, message=BROKEN, ended_at=now())
        return
    _move(run, State.RUNNING, BEGUN)
    try:
        rows, log = _look(run.since, partial(_tell, key))
    except Exception:  # a defect: logged, and tried again when beat looks next
        logger.exception("Verification %s is tried again.", run.pk)
        if connection.in_atomic_block:
            raise
        return
    findings = rows.findings + log.findings.kept
    _move(
        run,
        _state(findings),
        ENDED,
        ended_at=now(),
        size=log.held,
        leaves=log.leaves,
        checkpoints=log.checkpoints,
        rows=rows.rows,
        found=rows.found.count + log.findings.count,
        findings=put_down(findings[:SHOWN]),
    )


def _state(findings: list[Finding]) -> str:
    """How a verification ends that found this; an anchor that was away does not mean that history is broken."""
    kinds = {finding.kind for finding in findings}
    if not kinds:
        return State.HOLDS
    return State.UNCLEAR if kinds <= {Kind.UNREAD, Kind.BARREN} else State.BROKEN


def _look(since: int, progress: Callable[[str, int, int], None]) -> tuple[Report, LogReport]:
    note: Note | None = checkpoint_of(since) if since else None
    progress(ROWS, 0, 0)
    seal(wait=True)  # after an outage, what waits for the sequencer is no finding
    rows = verify(since=note.size if note else 0, progress=partial(progress, ROWS))
    return rows, verify_log(since=note, progress=partial(progress, LEAVES))


def _tell(key: str, step: str, done: int, total: int) -> None:
    """Say how far it is."""
    report(key, step=step, done=done, total=total)


def _tries(key: str) -> int:
    cache.add(f"tries:{key}", 0, 24 * 3600)
    return cache.incr(f"tries:{key}")


def _move(run: Verification, state: str, why: str, **values: Any) -> None:
    """Write the next state under the row's lock, if it still waits; alarms go with it."""
    source = Source.TIMER if run.asked_by.is_system else Source.COMMAND
    with recorded(person(run.asked_by, source), why):
        rows = Verification.objects.all()
        if connection.features.has_select_for_update:
            rows = rows.select_for_update(of=("self",))
        held = rows.get(pk=run.pk)
        if held.state in Verification.WAITING:
            held.state = state
            for name, value in values.items():
                setattr(held, name, value)
            held.save()
            alarms.follow(held)
    if state not in Verification.WAITING:
        cache.delete(f"tries:{key_of(run)}")
