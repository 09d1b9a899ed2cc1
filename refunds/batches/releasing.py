"""Releasing a sealed batch: one or two other people agree to exactly what was sealed."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from backoffice import clock
from backoffice.actors import Actor
from backoffice.audit.bulk import update_many
from backoffice.audit.recording import recorded
from backoffice.audit.timeline import register_action_labels
from backoffice.exceptions import NotAllowed, StaleVersion, WrongState
from backoffice.stepup import Proof, same_person
from refunds.batches import approvals, crediting
from refunds.batches.building import in_state, lock, payouts_of
from refunds.batches.sealing import unbroken
from refunds.models import BatchApproval, Payout, RefundBatch

PERMISSION = "refunds.release_refundbatch"
RELEASED = gettext_noop("Checked and released by a second person.")
SIGNED = gettext_noop("Checked by a first person; a second one has to sign.")
LINKED = gettext_noop("Both accounts are the same person's.")
LABELS = {"release": gettext_lazy("Released"), "sign": gettext_lazy("Signed")}
register_action_labels(LABELS.get, RefundBatch, Payout)


def release(
    *, batch_id: int, sha256: str, proof: Proof, actor: Actor, note: str = ""
) -> RefundBatch:
    """Sign a sealed batch; with the last signature that it needs, its payouts are approved.

    ``sha256`` is what the person looked at, ``proof`` that it is they who sign. Raises
    ``NotAllowed`` for whoever built it, signed it or changed a payout of it – by any of their
    accounts –, ``StaleVersion`` when it was changed meanwhile, and ``WrongState`` when it is not
    sealed any more or when anything in it differs from what was sealed.
    """
    if not proof.holds_for(actor.user):
        raise NotAllowed(
            _("Show once more that it is you: by your password, or by a one-time code.")
        )
    with recorded(actor, note or SIGNED, "sign"):
        batch = lock(batch_id, actor, PERMISSION)
        in_state(batch, RefundBatch.State.SEALED)
        signed = _still_good(batch)
        if why := approvals.objection(batch, actor.user, signed):
            raise NotAllowed(why)
        if sha256 != batch.sha256:
            raise StaleVersion(
                _(
                    "This batch was changed after you opened the page. Look at it again before you sign."
                )
            )
        if batch.method == Payout.Method.CREDIT:
            crediting.lock_cases(batch)
        payouts = payouts_of(batch)
        if not unbroken(batch, payouts):
            raise WrongState(
                _("This batch is not what was sealed any more. Make it void and build a new one.")
            )
        signed.append(approvals.sign(batch, actor.user, signed, proof))
        if len(signed) >= approvals.needed(batch):
            _release(batch, payouts, signed, actor, note)
        else:
            batch.save()  # a version of the batch for every signature
    return batch


def _still_good(batch: RefundBatch) -> list[BatchApproval]:
    """The signatures that hold: none of an account that turned out to be the maker's."""
    signed = approvals.live(batch)
    if any(same_person(row.checker, batch.maker) for row in signed):
        approvals.void(batch, LINKED)
        return []
    return signed


def _release(
    batch: RefundBatch,
    payouts: list[Payout],
    signed: list[BatchApproval],
    actor: Actor,
    note: str,
) -> None:
    for payout in payouts:
        payout.approve()
    batch.release()
    batch.checker, batch.released_at = signed[0].checker, clock.now()
    batch.second_checker = signed[1].checker if len(signed) > 1 else None
    with recorded(actor, note or RELEASED, "release"):
        batch.save()
    with recorded(actor, RELEASED, "release"):
        update_many(payouts, ["state"])
    if batch.method == Payout.Method.CREDIT:
        crediting.give(batch, payouts, actor)
