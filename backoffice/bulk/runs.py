"""What people do with a file: bring it, confirm what the check said, drop it, or dismiss it.

It is kept sealed under a key of its own, which goes when it is deleted: no copy of it opens after that.
"""

import hashlib
from contextlib import suppress
from typing import IO, Any, BinaryIO, TypeVar, cast

from django.contrib.auth.models import AnonymousUser
from django.core.files.storage import default_storage
from django.db import connection
from django.utils.translation import gettext_noop

from backoffice.actors import Actor
from backoffice.audit.recording import recorded
from backoffice.bulk.jobs import queue, require_permission
from backoffice.bulk.models import FileRun, key_of_file, stored_name
from backoffice.bulk.reading import CHUNK, check_size
from backoffice.exceptions import BadInput, NotAllowed, WrongState
from backoffice.models import User
from backoffice.privacy.streams import Closed, open_stream, whose
from backoffice.sentences import sentence as _

Run = TypeVar("Run", bound=FileRun)
State = FileRun.State
DROPPED = gettext_noop("Dropped the file.")


def bring(model: type[Run], *, file: BinaryIO, name: str, actor: Actor, **fields: Any) -> Run:
    """Keep ``file`` and queue its check; ``fields`` say what it belongs to (its store, its batch).

    Raises ``BadInput`` when the file is empty or too large.
    """
    size = check_size(file)
    with recorded(actor, gettext_noop("Brought a file.")):
        rows: Any = model.objects
        run: Run = rows.create(
            file=_kept(model, file),
            file_name=name[-200:],
            sha256=_sha256(file),
            size=size,
            uploaded_by=actor.user,
            **fields,
        )
        queue(run)
    return run


def _kept(model: type[FileRun], file: BinaryIO) -> str:
    """Write the file to the disk as ciphertext; gives its name there."""
    name = stored_name(model, "")
    return default_storage.save(name, Closed(file, whose(key_of_file(name))))


def twin_of(run: FileRun, **owner: Any) -> FileRun | None:
    """An earlier run of the very same file that was applied for the same ``owner``, if any."""
    same = type(run).objects.filter(sha256=run.sha256, state=State.APPLIED, **owner)
    return same.exclude(pk=run.pk).order_by("-pk").first()


def confirm(run: Run, *, actor: Actor, **decided: Any) -> Run:
    """Have a checked file applied. Raises ``WrongState`` when it is not waiting for that.

    ``NotAllowed`` for anybody but the one who brought it, if that was a person. ``decided`` are fields of
    the run that are decided with it.
    """
    require_permission(run, actor)
    if not (actor.user.is_system or may_apply(run, actor.user)):
        raise NotAllowed(_("Only the one who brought this file can have it applied."))
    with recorded(actor, gettext_noop("Confirmed what the check said.")):
        held = _locked(run)
        if held is None or held.state != State.CHECKED:
            raise WrongState(
                _("Only a checked file can be applied. Reload the page to see its state.")
            )
        held.state = State.CONFIRMED
        for name, value in decided.items():
            setattr(held, name, value)
        held.save()
        queue(held)
    return held


def may_apply(run: FileRun, user: User | AnonymousUser) -> bool:
    """Whether the file is this person's own, or the program's: they answer for what they looked at."""
    return run.uploaded_by_id == user.pk or run.uploaded_by.is_system


def opened(run: FileRun) -> BinaryIO:
    """The stored file, for the caller to close; raises ``BadInput`` unless it is the one that was brought."""
    file = None
    with suppress(ValueError):  # it was touched where it lies
        file = open_stream(default_storage.open(str(run.file.name), "rb"))
        if file is not None and _sha256(file) == run.sha256:
            return cast(BinaryIO, file)
    if file is not None:
        file.close()
    raise BadInput(_("The stored file is not the one that was brought. Bring it again."))


def cancel(run: Run, *, actor: Actor) -> Run:
    """Drop a file that was not applied; a check that is under way ends with its next pulse.

    Raises ``WrongState`` when it is too late for that. It waits for nobody: whoever holds the row is
    applying the file, or deciding about it.
    """
    require_permission(run, actor)
    return _end(run, actor, DROPPED, State.UPLOADED, State.CHECKED, State.CONFIRMED)


def dismiss(run: Run, *, actor: Actor, note: str) -> Run:
    """Close a quarantined file for good, and say why. Raises ``BadInput`` without a reason."""
    require_permission(run, actor)
    if not note.strip():
        raise BadInput(_("Say why this file is dismissed: the reason is kept in its history."))
    return _end(run, actor, note, State.QUARANTINED)


def _end(run: Run, actor: Actor, reason: str, *states: str) -> Run:
    with recorded(actor, reason):
        held = _locked(run, skip=True)
        if held is None or held.state not in states:
            raise WrongState(
                _("This file can no longer be dropped. Reload the page to see its state.")
            )
        held.state = State.CANCELLED
        held.save()
    return held


def _locked(run: Run, *, skip: bool = False) -> Run | None:
    rows: Any = type(run).objects.all()
    if connection.features.has_select_for_update:
        rows = rows.select_for_update(of=("self",), skip_locked=skip)
    return rows.filter(pk=run.pk).first()


def _sha256(file: IO[bytes]) -> str:
    digest = hashlib.sha256()
    file.seek(0)
    while chunk := file.read(CHUNK):
        digest.update(chunk)
    file.seek(0)
    return digest.hexdigest()
