"""Batches that are still open: their maker adds payouts, takes some out, and seals the rest.

What changes in a sealed batch opens it again. Locks are taken from the batch to its payouts.
"""

from collections.abc import Collection

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from backoffice.actors import Actor
from backoffice.audit.recording import recorded
from backoffice.audit.timeline import register_action_labels
from backoffice.exceptions import BadInput, NotAllowed, WrongState
from refunds.bankfiles.ordering import check_before_sealing
from refunds.batches import approvals
from refunds.batches.building import LIMIT, Lane, count, in_state, lock, payouts_of, put, take
from refunds.batches.sealing import seal
from refunds.models import Payout, RefundBatch

BUILD = "refunds.build_refundbatch"
State = RefundBatch.State
ADDED = gettext_noop("Put into a batch.")
REMOVED = gettext_noop("Taken out of a batch.")
SEALED = gettext_noop("Sealed: rows, count, total and hash are fixed.")
REOPENED = gettext_noop("Opened again, because something in it changes.")
LABELS = {
    "add": gettext_lazy("Payouts added"),
    "remove": gettext_lazy("Payouts taken out"),
    "seal": gettext_lazy("Sealed"),
    "reopen": gettext_lazy("Opened again"),
}
register_action_labels(LABELS.get, RefundBatch, Payout)


def add(*, batch_id: int, payout_ids: Collection[int], actor: Actor, note: str = "") -> RefundBatch:
    """Put more of the same lane's queued payouts into a draft.

    Raises ``BadInput`` above the batch's limit and ``WrongState`` for what does not wait any more.
    """
    with recorded(actor, note or ADDED, "add"):
        batch = _own_draft(batch_id, actor)
        lane = Lane(batch.store_id, batch.currency, batch.method, batch.channel)
        fresh = take(lane, payout_ids)
        if batch.count + len(fresh) > LIMIT:
            raise BadInput(
                _("A batch takes at most %(limit)d payouts. Choose fewer.") % {"limit": LIMIT}
            )
        put(fresh, batch, actor=actor, reason=ADDED, action="add")
        _recount(batch)
    return batch


def remove(
    *, batch_id: int, payout_ids: Collection[int], actor: Actor, note: str = ""
) -> RefundBatch:
    """Take payouts out of a draft; they wait for another batch."""
    with recorded(actor, note or REMOVED, "remove"):
        batch = _own_draft(batch_id, actor)
        chosen = [row for row in payouts_of(batch) if row.pk in set(payout_ids)]
        if not chosen or len(chosen) < len(set(payout_ids)):
            raise WrongState(
                _("Some of the chosen payouts are not in this batch. Load the page again.")
            )
        put(chosen, None, actor=actor, reason=REMOVED, action="remove")
        _recount(batch)
    return batch


def seal_draft(*, batch_id: int, actor: Actor, note: str = "") -> RefundBatch:
    """Fix rows, count, total and hash of a draft: from here on it waits for its checkers.

    Raises ``BadInput`` when bank transfers lack what banks need: the store's account, or something of a
    payout, which is named.
    """
    with recorded(actor, note or SEALED, "seal"):
        batch = _own_draft(batch_id, actor)
        payouts = payouts_of(batch)
        if not payouts:
            raise WrongState(_("This batch is empty. Put payouts in, or make it void."))
        batch.account = batch.store.account  # as it is by now
        check_before_sealing(batch.account, payouts)
        count(batch, payouts)
        batch.sha256 = seal(payouts).sha256
        batch.seal()
        batch.save()
    return batch


def reopen(*, batch_id: int, actor: Actor, note: str = "") -> RefundBatch:
    """Open a sealed batch again for its maker, to change what is in it."""
    with recorded(actor, note or REOPENED, "reopen"):
        batch = lock(batch_id, actor, BUILD)
        _check_maker(batch, actor)
        in_state(batch, State.SEALED)
        open_again(batch)
    return batch


def open_again(batch: RefundBatch) -> None:
    """What was sealed does not hold any more. For callers inside a frame, who hold the lock."""
    if batch.state == State.SEALED:
        batch.reopen()
    approvals.void(batch, REOPENED)
    batch.sha256 = ""
    _recount(batch)


def _recount(batch: RefundBatch) -> None:
    count(batch, payouts_of(batch))
    batch.save()


def _own_draft(batch_id: int, actor: Actor) -> RefundBatch:
    """The draft, if ``actor`` may change it; whoever changes one of the timer's becomes its maker."""
    batch = lock(batch_id, actor, BUILD)
    _check_maker(batch, actor)
    in_state(batch, State.DRAFT)
    batch.maker = actor.user
    return batch


def _check_maker(batch: RefundBatch, actor: Actor) -> None:
    if batch.maker_id != actor.user.pk and not batch.maker.is_system:
        raise NotAllowed(
            _("%(maker)s built this batch, so nobody else changes it.") % {"maker": batch.maker}
        )
