"""Writing exports in the background: the row is the job.

An export waits in the database. Whoever looks – the task that was queued with it, or the next tick –
carries on. A worker that is killed leaves a row that still waits and half a file that the next one throws
away: the row names the file before it is begun, and is *ready* only once it is whole.
"""

import hashlib
import logging
import time
from datetime import timedelta
from functools import partial
from typing import IO, Any

from celery import shared_task
from django.apps import apps
from django.contrib import admin
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection, models, transaction
from django.http import HttpRequest, QueryDict
from django.urls import reverse_lazy
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_noop

from backoffice.actors import TIMER, Source, person, system
from backoffice.audit.recording import recorded
from backoffice.bulk.jobs import ATTEMPTS
from backoffice.bulk.leases import LEASE, room_for_long_work
from backoffice.bulk.progress import forget, report
from backoffice.clock import now
from backoffice.exceptions import BackofficeError, NotAllowed
from backoffice.exporting.models import ExportRun, new_name
from backoffice.privacy.reading import looking
from backoffice.sentences import said, sentence

logger = logging.getLogger(__name__)
State = ExportRun.State
KEPT_FOR = timedelta(days=7)
EVERY = 1.0  # seconds between two signs of life
STEP = gettext_noop("Writing the file")
BEGUN, MADE, NOT_MADE, OVER = (
    gettext_noop("The export began."),
    gettext_noop("The file was made."),
    gettext_noop("No file was made."),
    gettext_noop("The file was kept for its time."),
)
BROKEN = gettext_noop("This file could not be made. Tell the people who run this program.")


class CalledOff(Exception):
    """Somebody called the export off, or another worker took it over, while it ran."""


def key_of(run: ExportRun) -> str:
    """The name of an export in the cache."""
    return f"export:{run.pk}"


def queue(run: ExportRun) -> None:
    """Have a worker look at once, after the commit. A lost message costs one tick's wait."""
    send = partial(write_export.apply_async, (run.pk,), retry=False)
    transaction.on_commit(send, robust=True)


@shared_task(name="backoffice.export")
def write_export(pk: int) -> None:
    """Carry on with one export."""
    run = ExportRun.objects.filter(pk=pk).first()
    if run is not None:
        carry_on(run)


def look_for_exports() -> int:
    """Carry on with every export that waits, and end those whose time is over. Called by each tick."""
    for run in ExportRun.objects.filter(state__in=ExportRun.KEPT, expires_at__lte=now()):
        expire(run)
    waiting = list(ExportRun.objects.filter(state__in=ExportRun.WAITING).order_by("pk"))
    for run in waiting:
        carry_on(run)
    return len(waiting)


def carry_on(run: ExportRun) -> None:
    """Write ``run``'s file if it waits and nobody is at it. Twice at once, or again, does it once."""
    with room_for_long_work() as granted:
        if granted and run.state in ExportRun.WAITING:
            _carry_on(run, key_of(run))


def _carry_on(run: ExportRun, key: str) -> None:
    if not cache.add(f"lease:{key}", 1, LEASE):
        return
    try:
        with translation.override(run.language):
            _write(run, key)
    except CalledOff:
        logger.info("Export %s was called off.", run.pk)
    finally:
        cache.delete_many([f"lease:{key}", f"stop:{key}"])
        forget(key)


def stop(run: ExportRun) -> None:
    """Tell whoever writes ``run`` that it is in vain: while COPY runs, its connection asks nothing."""
    cache.set(f"stop:{key_of(run)}", 1, LEASE)


def expire(run: ExportRun) -> None:
    """Throw away the file of an export whose time is over."""
    with recorded(system(TIMER), OVER):
        held = _locked(run)
        if held.state in ExportRun.KEPT and held.expires_at and held.expires_at <= now():
            held.state = State.EXPIRED
            drop_file(held)
            held.save()


def end_early(run: ExportRun, reason: str) -> None:
    """Throw the file of a kept export away before its time, and say why."""
    with recorded(system(TIMER), reason):
        held = _locked(run)
        if held.state in ExportRun.KEPT:
            held.state = State.EXPIRED
            drop_file(held)
            held.save()


def drop_file(run: ExportRun) -> None:
    """Let go of the run's file; it is deleted once that is committed."""
    name, run.file = run.file.name, ""
    if name:
        transaction.on_commit(partial(default_storage.delete, name), robust=True)


def rows_of(run: ExportRun) -> tuple[Any, models.QuerySet]:
    """The list's page and its rows as its owner would see them now; raises ``NotAllowed``."""
    page: Any = admin.site.get_model_admin(apps.get_model(run.list_of))
    request = HttpRequest()
    request.method, request.user, request.GET = "GET", run.asked_by, QueryDict(run.query)
    if not page.has_export_permission(request):
        raise NotAllowed
    rows = page.get_export_queryset(request)
    return page, rows if run.stores is None else rows.filter(**_in_stores(rows.model, run.stores))


def _in_stores(model: Any, stores: list[int]) -> dict[str, Any]:
    return {f"{model.store_lookup}__in": stores}


def _write(run: ExportRun, key: str) -> None:
    run = _begin(run)
    if _tries(key) > ATTEMPTS:
        _refuse(run, sentence(BROKEN))
        return
    try:
        with looking(run.asked_by, _page_of(run)):
            figures = _make(run, key)
    except BackofficeError as refusal:
        _refuse(run, refusal.message)
    except CalledOff:
        default_storage.delete(str(run.file.name))
        raise
    except Exception:  # a defect: logged, and tried again at the next tick
        logger.exception("Export %s is tried again.", run.pk)
        if connection.in_atomic_block:
            raise
        return
    else:
        _finish(run, figures)
    cache.delete(f"tries:{key}")


def _page_of(run: ExportRun) -> str | Promise:
    """The export's page: looked up only where it is put on record, since that loads every address."""
    return reverse_lazy("admin:backoffice_exportrun_change", args=[run.pk])


def _tries(key: str) -> int:
    cache.add(f"tries:{key}", 0, 24 * 3600)
    return cache.incr(f"tries:{key}")


def _make(run: ExportRun, key: str) -> dict[str, Any]:
    """Write the file; gives what is known of it."""
    page, rows = rows_of(run)
    columns = page.resource_classes[0].chosen(run.columns)
    total = run.rows  # as many as were counted when it was asked for
    report(key, step=STEP, total=total)
    name = default_storage.save(str(run.file.name), ContentFile(b""))
    with default_storage.open(name, "wb") as stored:
        file: Any = Hashed(stored)
        count = page.writers[run.format](
            file, str(page.opts.verbose_name_plural), columns, rows, Pulse(key, total)
        )
    return {"rows": count, "size": default_storage.size(name), "sha256": file.digest.hexdigest()}


class Hashed:
    """A file that is written once, from its beginning to its end, and knows its digest."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file
        self.digest = hashlib.sha256()

    def write(self, data: bytes) -> int:
        """Write on."""
        self.digest.update(data)
        return self.file.write(data)

    def flush(self) -> None:
        """Hand over what is held."""
        self.file.flush()


class Pulse:
    """Says how far an export is, and that somebody is at it – once a second; ends what was called off."""

    def __init__(self, key: str, total: int) -> None:
        self.key, self.total, self.told = key, total, 0.0

    def __call__(self, done: int) -> None:
        """So many rows are written."""
        if time.monotonic() - self.told < EVERY:
            return
        self.told = time.monotonic()
        cache.set(f"lease:{self.key}", 1, LEASE)
        report(self.key, step=STEP, done=done, total=self.total)
        if cache.get(f"stop:{self.key}"):
            raise CalledOff


def _begin(run: ExportRun) -> ExportRun:
    """Take the job: the file of whoever was at it before is thrown away."""
    with recorded(person(run.asked_by, Source.COMMAND), BEGUN):
        held = _locked(run)
        if held.state not in ExportRun.WAITING:
            raise CalledOff
        drop_file(held)
        held.state, held.file = State.RUNNING, new_name()
        held.save()
    return held


def _finish(run: ExportRun, figures: dict[str, Any]) -> None:
    with recorded(person(run.asked_by, Source.COMMAND), MADE):
        held = _locked(run)
        if (held.state, held.file.name) != (State.RUNNING, run.file.name):
            transaction.on_commit(partial(default_storage.delete, str(run.file.name)))
            return
        for name, value in figures.items():
            setattr(held, name, value)
        held.state, held.ready_at = State.READY, now()
        held.expires_at = held.ready_at + KEPT_FOR
        held.save()


def _refuse(run: ExportRun, message: str | Promise) -> None:
    with recorded(person(run.asked_by, Source.COMMAND), NOT_MADE):
        held = _locked(run)
        if held.state not in ExportRun.WAITING:
            return
        held.state, held.message = State.REFUSED, said(message)
        drop_file(held)
        held.save()


def _locked(run: ExportRun) -> ExportRun:
    rows = ExportRun.objects.select_related("asked_by")
    if connection.features.has_select_for_update:
        rows = rows.select_for_update(of=("self",))
    return rows.get(pk=run.pk)
