"""What people do with a result file: bring it, confirm what its check said, drop it, or dismiss it."""

from typing import BinaryIO

from django.db import transaction

from backoffice.actors import Actor
from backoffice.bulk import runs
from backoffice.exceptions import BadInput, NotAllowed, NotFound, WrongState
from backoffice.sentences import sentence as _
from merchants.models import Store
from refunds.batches.building import in_state, lock
from refunds.gateways.choosing import require_file
from refunds.models import Payout, RefundBatch, ResultImport

PERMISSION = "refunds.import_results"


def bring_result(
    *,
    file: BinaryIO,
    name: str,
    actor: Actor,
    store_id: int | None = None,
    batch_id: int | None = None,
    final: bool = False,
) -> ResultImport:
    """Keep the bank's file about a store's batches, or about one of them, and have it checked.

    ``final`` says that the bank will send nothing more for what the file answers. Raises ``NotFound``
    and ``NotAllowed`` by store, ``WrongState`` unless the batch was sent, ``BadInput`` for an empty or
    huge file and for one that was applied before.
    """
    with transaction.atomic():
        batch = _sent_batch(batch_id, actor) if batch_id else None
        store = batch.store if batch else _own_store(store_id, actor)
        run = runs.bring(
            ResultImport, file=file, name=name, actor=actor, store=store, batch=batch, final=final
        )
        check_first_time(run)
    return run


def confirm_result(*, run_id: int, actor: Actor, final: bool | None = None) -> ResultImport:
    """Have a checked file applied, as its preview said, by the one who brought it.

    ``final`` decides anew whether the bank will send nothing more; ``None`` leaves it as it was.
    """
    run = _own(run_id, actor)
    return runs.confirm(run, actor=actor, final=run.final if final is None else final)


def cancel_result(*, run_id: int, actor: Actor) -> ResultImport:
    """Drop a file that was not applied."""
    return runs.cancel(_own(run_id, actor), actor=actor)


def dismiss_result(*, run_id: int, actor: Actor, note: str) -> ResultImport:
    """Close a quarantined file, and say why."""
    return runs.dismiss(_own(run_id, actor), actor=actor, note=note)


def check_first_time(run: ResultImport) -> None:
    """Raise ``BadInput`` when the very same file was applied before, for whichever batch."""
    if runs.twin_of(run) is not None:
        raise BadInput(
            _("This very file was applied before, so applying it again would change nothing.")
        )


def _sent_batch(batch_id: int, actor: Actor) -> RefundBatch:
    batch = lock(batch_id, actor, PERMISSION)
    require_file(batch)
    if batch.method == Payout.Method.CREDIT:
        raise WrongState(_("Store credit is given inside, so no bank answers about it."))
    in_state(batch, *RefundBatch.OUT)
    return batch


def _own_store(store_id: int | None, actor: Actor) -> Store:
    stores = Store.objects.visible_to(actor.user)
    store = stores.filter(pk=store_id).first() if store_id else None
    if store is None:
        raise NotFound
    if not actor.user.has_perm(PERMISSION, store):
        raise NotAllowed
    return store


def _own(run_id: int, actor: Actor) -> ResultImport:
    run = ResultImport.objects.visible_to(actor.user).filter(pk=run_id).first()
    if run is None:
        raise NotFound
    if not actor.user.has_perm(PERMISSION, run):
        raise NotAllowed
    return run
