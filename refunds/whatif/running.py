"""Answering in the background: the row is the job.

A replay waits in the database. Whoever looks – the task that was queued with it, or the next tick –
carries on. A worker that is killed leaves the row as it was, and beside it how far it had come
(``keeping``): the next one goes on from there. The figures are written once, at the end.
"""

import logging
from functools import partial

from celery import shared_task
from django.core.cache import cache
from django.db import transaction
from django.utils.translation import gettext_noop

from backoffice import clock
from backoffice.actors import Source, person
from backoffice.audit.recording import recorded
from backoffice.bulk.jobs import ATTEMPTS
from backoffice.bulk.leases import LEASE, room_for_long_work
from backoffice.bulk.progress import forget, report
from backoffice.exceptions import BackofficeError
from refunds.models import PolicyReplay
from refunds.whatif.keeping import checkpoint_of
from refunds.whatif.keeping import forget as forget_checkpoint
from refunds.whatif.replaying import cases_of, replayed

logger = logging.getLogger(__name__)
State = PolicyReplay.State
WAITING = (State.WAITING, State.RUNNING)
STEP = gettext_noop("Replaying past cases")
BEGUN, GOES_ON, ANSWERED, GIVEN_UP = (
    gettext_noop("The replay began."),
    gettext_noop("The replay goes on from where it had come to."),
    gettext_noop("The replay was finished."),
    gettext_noop("The replay was given up."),
)
BROKEN = gettext_noop("This replay could not be finished. Tell the people who run this program.")


class CalledOff(BackofficeError):
    """Somebody stopped the replay while it ran."""


def key_of(replay: PolicyReplay) -> str:
    """The name of a replay in the cache."""
    return f"whatif:{replay.pk}"


def queue(replay: PolicyReplay) -> None:
    """Have a worker look at once, after the commit. A lost message costs one tick's wait."""
    transaction.on_commit(partial(answer.apply_async, (replay.pk,), retry=False), robust=True)


@shared_task(name="refunds.whatif")
def answer(pk: int) -> None:
    """Carry on with one replay."""
    replay = PolicyReplay.objects.select_related("store", "made_by").filter(pk=pk).first()
    if replay is not None:
        carry_on(replay)


def look_for_replays() -> int:
    """Carry on with every replay that waits; gives their number. Called by each tick."""
    waiting = PolicyReplay.objects.filter(state__in=WAITING).select_related("store", "made_by")
    found = list(waiting.order_by("pk"))
    for replay in found:
        carry_on(replay)
    return len(found)


def carry_on(replay: PolicyReplay) -> None:
    """Answer ``replay`` if it waits and nobody is at it. Twice at once, or again, does it once."""
    with room_for_long_work() as granted:
        if granted and replay.state in WAITING:
            _carry_on(replay, key_of(replay))


def _carry_on(replay: PolicyReplay, key: str) -> None:
    if not cache.add(f"lease:{key}", 1, LEASE):
        return
    try:
        _answer(replay, key)
    except CalledOff:
        logger.info("Replay %s was called off.", replay.pk)
    finally:
        cache.delete(f"lease:{key}")
        forget(key)


def _answer(replay: PolicyReplay, key: str) -> None:
    checkpoint = checkpoint_of(replay)
    if _tries(key, checkpoint.seen if checkpoint else 0) > ATTEMPTS:
        _move(replay, State.FAILED, GIVEN_UP, failure=BROKEN)
        return
    try:
        total = cases_of(replay).count()
        _move(replay, State.RUNNING, GOES_ON if checkpoint else BEGUN, total=total)
        figures = replayed(replay, partial(_progress, replay, key, total))
        _move(replay, State.DONE, ANSWERED, figures=figures, seen=total)
    except CalledOff:
        raise
    except BackofficeError as refusal:
        _move(replay, State.FAILED, GIVEN_UP, failure=str(refusal))
    except Exception:  # a defect: logged, and tried again at the next tick
        logger.exception("Replay %s is tried again.", replay.pk)


def _tries(key: str, seen: int) -> int:
    """How often it was tried from there: who comes further begins to count anew."""
    name = f"tries:{key}:{seen}"
    cache.add(name, 0, 24 * 3600)
    return cache.incr(name)


def _progress(replay: PolicyReplay, key: str, total: int, seen: int) -> None:
    """Say how far it is, that somebody is at it – and stop where it was called off."""
    cache.set(f"lease:{key}", 1, LEASE)
    report(key, step=STEP, done=seen, total=total)
    if not PolicyReplay.objects.filter(pk=replay.pk, state__in=WAITING).exists():
        raise CalledOff


def _move(replay: PolicyReplay, state: str, why: str, **values: object) -> None:
    """Write the next state under the row's lock; what was called off stays so."""
    with recorded(person(replay.made_by, Source.COMMAND), why, f"whatif.{state}"):
        held = PolicyReplay.objects.select_for_update(of=("self",)).get(pk=replay.pk)
        if held.state not in WAITING:
            raise CalledOff
        held.state, held.heartbeat_at = state, clock.now()
        for name, value in values.items():
            setattr(held, name, value)
        held.save()
        if state != State.RUNNING:
            forget_checkpoint(held)
