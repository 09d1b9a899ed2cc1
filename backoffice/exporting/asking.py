"""What people do with an export: ask for it, call it off, take the file away."""

from collections.abc import Sequence
from typing import Any

from django.db import connection, models
from django.utils.timezone import localtime
from django.utils.translation import get_language, gettext_lazy, gettext_noop
from django.utils.translation import gettext as _

from backoffice.access import Reach, reach
from backoffice.actors import Actor
from backoffice.audit.recording import recorded
from backoffice.audit.timeline import register_action_labels
from backoffice.clock import now
from backoffice.exceptions import BackofficeError, BadInput, NotAllowed, NotFound, WrongState
from backoffice.exporting.models import ExportRun
from backoffice.exporting.running import drop_file, queue, stop

State = ExportRun.State
PROVE, PROVABLE = "backoffice.take_proof", {"backoffice.changeentry"}
AT_ONCE = 5  # exports of one person that wait at the same time
ASKED, CALLED_OFF, TAKEN = (
    gettext_noop("Asked for this list as a file."),
    gettext_noop("Called the export off."),
    gettext_noop("Took the file away."),
)
register_action_labels({"export.download": gettext_lazy("Downloaded")}.get)


class NoLongerYours(BackofficeError):
    """The file holds rows that its owner may not export any more."""

    message = gettext_lazy(
        "This file holds rows of stores where you may not export any more. Ask for a new one."
    )
    status = 403


def permission_of(list_of: str) -> str:
    """What it takes to export a list, from its model's label: “orders.order”."""
    app, model = list_of.split(".")
    return f"{app}.export_{model}"


def may_prove(user: Any, list_of: str) -> bool:
    """Whether the person may take the list as a file with proof: what is found in history, by an auditor."""
    return list_of in PROVABLE and bool(user.has_perm(PROVE))


def ask(
    *,
    list_of: type[models.Model],
    query: str,
    columns: Sequence[str],
    file_format: str,
    actor: Actor,
    expected: int = 0,
) -> ExportRun:
    """Have the list that ``query`` filters written as a file, in the background.

    ``expected`` is how many rows it has now, for the page that tells how far it is.

    Raises ``NotAllowed`` without the permission, ``BadInput`` for no column, no such format, or too
    many exports at once.
    """
    label, at = list_of._meta.label_lower, now()
    held = reach(actor.user, permission_of(label))
    if not held or (file_format == ExportRun.Format.PROOF and not may_prove(actor.user, label)):
        raise NotAllowed
    _check(columns, file_format, actor)
    with recorded(actor, ASKED):
        run: ExportRun = ExportRun.objects.create(
            asked_by=actor.user,
            asked_at=at,
            list_of=label,
            query=query,
            columns=list(columns),
            format=file_format,
            language=get_language() or "en",
            stores=None if held.stores is None else sorted(held.stores),
            rows=expected,
            file_name=f"{label.split('.')[1]}-{localtime(at):%Y-%m-%d}.{file_format}",
        )
        queue(run)
    return run


def _check(columns: Sequence[str], file_format: str, actor: Actor) -> None:
    if not columns:
        raise BadInput(_("Choose at least one column."))
    if file_format not in ExportRun.Format.values:
        raise BadInput(_("A list is exported as CSV or XLSX."))
    waiting = ExportRun.objects.filter(asked_by=actor.user, state__in=ExportRun.WAITING)
    if waiting.count() >= AT_ONCE:
        raise BadInput(
            _("%(most)d of your exports are waiting. Ask again when one of them is ready.")
            % {"most": AT_ONCE}
        )


def cancel(run: ExportRun, *, actor: Actor) -> ExportRun:
    """Call an export off, or throw its file away. Raises ``WrongState`` when it is over already."""
    with recorded(actor, CALLED_OFF):
        held = own(run, actor)
        if held.state not in (*ExportRun.WAITING, *ExportRun.KEPT):
            raise WrongState(_("This export is over already."))
        held.state = State.CANCELLED
        drop_file(held)
        held.save()
    stop(held)
    return held


def take(run: ExportRun, *, actor: Actor) -> ExportRun:
    """Put a download on record; the caller then hands the file out.

    Raises ``NotFound`` for another person's, ``WrongState`` when there is no file (any more), and
    ``NoLongerYours`` when the person may not export all of what it holds today.
    """
    with recorded(actor, TAKEN, "export.download"):
        held = own(run, actor)
        if held.state not in ExportRun.KEPT or held.expires_at is None or held.expires_at <= now():
            raise WrongState(_("This file is no longer kept. Ask for a new one."))
        if not may_still(held, actor):
            raise NoLongerYours
        held.state = State.DOWNLOADED
        held.downloads += 1
        held.save()
    return held


def may_still(run: ExportRun, actor: Actor) -> bool:
    """Whether the actor may export, today, in every store that the file may hold rows of."""
    held: Reach = reach(actor.user, permission_of(run.list_of))
    if run.format == ExportRun.Format.PROOF and not may_prove(actor.user, run.list_of):
        return False
    if not held or held.stores is None:
        return bool(held)
    return run.stores is not None and held.stores >= set(run.stores)


def own(run: ExportRun, actor: Actor) -> ExportRun:
    """The row under its lock; raises ``NotFound`` unless it is the actor's own."""
    rows = ExportRun.objects.filter(asked_by=actor.user, pk=run.pk)
    if connection.features.has_select_for_update:
        rows = rows.select_for_update(of=("self",))
    held = rows.first()
    if held is None:
        raise NotFound
    return held
