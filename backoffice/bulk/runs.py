"""What people do with a file: bring it, confirm what the check said, or drop it."""

import hashlib
from typing import Any, BinaryIO, TypeVar

from django.core.files import File
from django.db import connection
from django.utils.translation import get_language, gettext_noop
from django.utils.translation import gettext as _

from backoffice.actors import Actor
from backoffice.audit.recording import recorded
from backoffice.bulk.jobs import queue, require_permission
from backoffice.bulk.models import FileRun
from backoffice.bulk.reading import CHUNK, check_size
from backoffice.exceptions import WrongState

Run = TypeVar("Run", bound=FileRun)
State = FileRun.State


def bring(model: type[Run], *, file: BinaryIO, name: str, actor: Actor, **fields: Any) -> Run:
    """Keep ``file`` and queue its check; ``fields`` say what it belongs to (its store, its batch).

    Raises ``BadInput`` when the file is empty or too large.
    """
    size = check_size(file)
    with recorded(actor, gettext_noop("Brought a file.")):
        rows: Any = model.objects
        run: Run = rows.create(
            file=File(file, name=name),
            file_name=name[-200:],
            sha256=_sha256(file),
            size=size,
            uploaded_by=actor.user,
            counts={"language": get_language()},
            **fields,
        )
        queue(run)
    return run


def twin_of(run: FileRun, **owner: Any) -> FileRun | None:
    """An earlier run of the very same file that was applied for the same ``owner``, if any."""
    same = type(run).objects.filter(sha256=run.sha256, state=State.APPLIED, **owner)
    return same.exclude(pk=run.pk).order_by("-pk").first()


def confirm(run: Run, *, actor: Actor) -> Run:
    """Have a checked file applied. Raises ``WrongState`` when it is not waiting for that."""
    require_permission(run, actor)
    with recorded(actor, gettext_noop("Confirmed what the check said.")):
        held = _locked(run)
        if held.state != State.CHECKED:
            raise WrongState(
                _("Only a checked file can be applied. Reload the page to see its state.")
            )
        held.state = State.CONFIRMED
        held.save()
        queue(held)
    return held


def cancel(run: Run, *, actor: Actor) -> Run:
    """Drop a file that was not applied. Raises ``WrongState`` when it is too late for that."""
    require_permission(run, actor)
    with recorded(actor, gettext_noop("Dropped the file.")):
        held = _locked(run)
        if held.state not in (State.UPLOADED, State.CHECKED):
            raise WrongState(
                _("This file can no longer be dropped. Reload the page to see its state.")
            )
        held.state = State.CANCELLED
        held.save()
    return held


def _locked(run: Run) -> Run:
    rows: Any = type(run).objects.all()
    if connection.features.has_select_for_update:
        rows = rows.select_for_update(of=("self",))
    return rows.get(pk=run.pk)


def _sha256(file: BinaryIO) -> str:
    digest = hashlib.sha256()
    file.seek(0)
    while chunk := file.read(CHUNK):
        digest.update(chunk)
    file.seek(0)
    return digest.hexdigest()
