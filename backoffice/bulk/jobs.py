"""Carrying on with uploaded files: the row is the job.

A run waits in the database as ``uploaded`` (to be checked) or ``confirmed`` (to be applied). Whoever
looks finds it there: the task that was queued with it, or the next tick. A worker killed half-way
leaves the row as it was, because what it wrote was not committed.

An app registers its kind of file in ``AppConfig.ready()``::

    register_job_kind(OrderImport, check=…, apply=…, permission="orders.import_order")

``check(run)`` gives ``Findings`` and leaves nothing behind but the run's ``Problems``; ``apply(run)``
writes and gives the counts, inside the transaction that also moves the run to ``applied``. A ``BackofficeError`` from either
refuses the file with that sentence; ``CheckAgain`` from the second sends it back to its check; any other
exception rolls back and is tried again, up to ``ATTEMPTS`` times. A check calls ``pulse`` now and then,
which ends it once somebody has dropped the file.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from celery import shared_task
from django.core.cache import cache
from django.db import connection, transaction
from django.utils.translation import gettext_lazy, gettext_noop

from backoffice.actors import Actor, Source, person
from backoffice.audit.recording import recorded
from backoffice.bulk.leases import LEASE, room_for_long_work
from backoffice.bulk.models import FileRun
from backoffice.bulk.progress import forget, report
from backoffice.clock import now
from backoffice.exceptions import BackofficeError, NotAllowed
from backoffice.sentences import said
from backoffice.sentences import sentence as _

logger = logging.getLogger(__name__)
State = FileRun.State
ATTEMPTS = 5
BATCH = 500
AT_WORK: dict[str, Any] = {
    State.UPLOADED: gettext_lazy("Being checked"),
    State.CONFIRMED: gettext_lazy("Being applied"),
}


@dataclass(frozen=True)
class Findings:
    """What a check found: figures for the page.

    ``objection`` says why all of the file has to be quarantined; its problems are the reasons.
    """

    counts: dict[str, Any]
    objection: str = ""


class CheckAgain(BackofficeError):
    """What the check had said is no longer so: the file is checked anew, and asks again."""


class Dropped(Exception):
    """Somebody dropped the file while it was being checked."""


@dataclass(frozen=True)
class JobKind:
    """How one kind of file is checked and applied."""

    model: type[FileRun]
    check: Callable[[Any], Findings]
    apply: Callable[[Any], dict[str, Any]]
    permission: str


_kinds: dict[str, JobKind] = {}


def register_job_kind(
    model: type[FileRun],
    *,
    check: Callable[[Any], Findings],
    apply: Callable[[Any], dict[str, Any]],
    permission: str,
) -> None:
    """Let waiting runs of ``model`` be carried on with ``check`` and ``apply``.

    ``permission`` is what it takes, in the run's store, to confirm or drop one.
    """
    _kinds[model._meta.label_lower] = JobKind(model, check, apply, permission)


def file_models() -> list[type[FileRun]]:
    """The models of every kind of file."""
    return [kind.model for kind in _kinds.values()]


def require_permission(run: FileRun, actor: Actor) -> None:
    """Raise ``NotAllowed`` unless ``actor`` may decide about this run."""
    permission = _kinds[run._meta.label_lower].permission
    if not (actor.user.is_system or actor.user.has_perm(permission, run)):
        raise NotAllowed


def key_of(run: FileRun) -> str:
    """The name of a run in the cache."""
    return f"{run._meta.label_lower}:{run.pk}"


def actor_of(run: FileRun) -> Actor:
    """On whose behalf the run is carried on: whoever moved it last, by uploading or confirming."""
    last = run.history.select_related("history_user").latest("history_id")
    return person(last.history_user, Source.IMPORT)


def look_for_work() -> int:
    """Carry on with every waiting run of every kind; gives their number. Called by each tick."""
    waiting = [
        run
        for kind in _kinds.values()
        for run in kind.model.objects.filter(state__in=FileRun.WAITING).order_by("pk")
    ]
    for run in waiting:
        carry_on(run)
    return len(waiting)


def queue(run: FileRun) -> None:
    """Have a worker look at once, after the commit. A lost message costs one tick's wait."""
    send = partial(carry_on_task.apply_async, (run._meta.label_lower, run.pk), retry=False)
    transaction.on_commit(send, robust=True)


@shared_task(name="backoffice.carry_on")
def carry_on_task(kind: str, pk: int) -> None:
    """Carry on with one run."""
    run = _kinds[kind].model.objects.filter(pk=pk).first()
    if run is not None:
        carry_on(run)


def carry_on(run: FileRun) -> None:
    """Do the next waiting step of ``run``. Calling it again, or twice at once, does it once.

    The lease only keeps workers from doing the same twice for nothing; that a step counts once is
    decided by the row's lock.
    """
    with room_for_long_work() as granted:
        if granted:
            _carry_on(run, key_of(run))


def _carry_on(run: FileRun, key: str) -> None:
    if not cache.add(f"lease:{key}", 1, LEASE):
        return
    try:
        _step(_kinds[run._meta.label_lower], run.pk, key)
    finally:
        cache.delete(f"lease:{key}")
        forget(key)


def state_label(run: FileRun) -> str:
    """The run's state as people read it; of one that waits, whether a worker is at it."""
    at_work = run.state in FileRun.WAITING and cache.get(f"lease:{key_of(run)}")
    return str(AT_WORK[run.state] if at_work else run.get_state_display())


def keep_lease(run: FileRun) -> None:
    """Say that this worker is alive; called while a long step goes on."""
    cache.set(f"lease:{key_of(run)}", 1, LEASE)


def pulse(run: FileRun, *, step: str, done: int = 0, total: int = 0) -> None:
    """Say how far a check is, and that its worker is alive; raises ``Dropped`` when it is in vain."""
    keep_lease(run)
    report(key_of(run), step=step, done=done, total=total)
    if not type(run)._base_manager.filter(pk=run.pk, state=run.state).exists():
        raise Dropped


def _step(kind: JobKind, pk: int, key: str) -> None:
    run = kind.model.objects.get(pk=pk)
    steps: dict[str, Callable[[JobKind, FileRun], None]] = {
        State.UPLOADED: _check,
        State.CONFIRMED: _apply,
    }
    step = steps.get(run.state)
    if step is None:
        return
    tries = f"tries:{key}:{run.state}"
    if _count(tries) > ATTEMPTS:
        _refuse(
            kind,
            run,
            _("This file could not be worked through. Tell the people who run this program."),
        )
        cache.delete(tries)
        return
    try:
        step(kind, run)
    except Dropped:
        logger.info("%s %s was dropped while it was being checked.", run._meta.label, pk)
    except CheckAgain:
        _check_again(kind, run)
    except BackofficeError as error:
        _refuse(kind, run, said(error.message))
    except Exception:  # a defect: logged, rolled back, tried again
        logger.exception("%s %s stays %s and is tried again.", run._meta.label, pk, run.state)
        if connection.in_atomic_block:
            raise
        return
    cache.delete(tries)


def _count(name: str) -> int:
    """How often this step was begun without coming to an end, this time included."""
    cache.add(name, 0, 24 * 3600)
    return cache.incr(name)


def _check(kind: JobKind, run: FileRun) -> None:
    findings = kind.check(run)
    with recorded(actor_of(run), gettext_noop("The file was checked.")):
        held = _hold(kind, run)
        if held is None:
            return
        held.counts = {**held.counts, **findings.counts}
        held.state = State.QUARANTINED if findings.objection else State.CHECKED
        held.message = findings.objection
        held.save()


def _apply(kind: JobKind, run: FileRun) -> None:
    with recorded(actor_of(run), gettext_noop("The file was applied.")):
        held = _hold(kind, run)
        if held is None:
            return
        held.counts = {**held.counts, **kind.apply(held)}
        held.state = State.APPLIED
        held.applied_at = now()
        held.save()


def _check_again(kind: JobKind, run: FileRun) -> None:
    reason = gettext_noop("What the check had said is no longer so. The file is checked again.")
    with recorded(actor_of(run), reason):
        held = _hold(kind, run)
        if held is None:
            return
        held.state = State.UPLOADED
        held.save()
        queue(held)


def _refuse(kind: JobKind, run: FileRun, message: str) -> None:
    with recorded(actor_of(run), gettext_noop("The file was refused.")):
        held = _hold(kind, run)
        if held is None:
            return
        held.state = State.REFUSED
        held.message = message
        held.save()
        if run.state == State.UPLOADED:
            held.problems.all().delete()  # of as much as was read before it could not be read on


def _hold(kind: JobKind, run: FileRun) -> Any:
    """The row under its lock, if it still waits as it did; ``None`` when somebody was quicker."""
    rows = kind.model.objects.select_for_update(of=("self",), skip_locked=True)
    if not connection.features.has_select_for_update:
        rows = (
            kind.model.objects.all()
        )  # SQLite: one writer at a time, from the transaction's start
    return rows.filter(pk=run.pk, state=run.state).first()
