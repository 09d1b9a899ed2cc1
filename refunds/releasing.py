"""Releasing a sealed batch: a second person agrees to exactly what was sealed."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from backoffice import clock
from backoffice.actors import Actor
from backoffice.audit.bulk import update_many
from backoffice.audit.recording import recorded
from backoffice.audit.timeline import register_action_labels
from backoffice.exceptions import NotAllowed, WrongState
from refunds import crediting
from refunds.batches import in_state, lock, payouts_of
from refunds.models import Payout, RefundBatch
from refunds.sealing import unbroken

RELEASED = gettext_noop("Checked and released by a second person.")
register_action_labels({"release": gettext_lazy("Released")}.get)


def release(*, batch_id: int, actor: Actor, note: str = "") -> RefundBatch:
    """Agree to a sealed batch as its second person; its payouts are approved.

    Raises ``NotAllowed`` for the one who built it, and ``WrongState`` when it is not sealed any
    more or when anything in it differs from what was sealed.
    """
    with recorded(actor, note or RELEASED, "release"):
        batch = lock(batch_id, actor, "refunds.release_refundbatch")
        if batch.maker_id == actor.user.pk:
            raise NotAllowed(_("You built this batch, so somebody else has to release it."))
        in_state(batch, RefundBatch.State.SEALED)
        if batch.method == Payout.Method.CREDIT:
            crediting.lock_cases(batch)
        payouts = payouts_of(batch)
        if not unbroken(batch, payouts):
            raise WrongState(
                _("This batch is not what was sealed any more. Make it void and build a new one.")
            )
        for payout in payouts:
            payout.approve()
        batch.release()
        batch.checker, batch.released_at = actor.user, clock.now()
        batch.save()
        with recorded(actor, RELEASED, "release"):
            update_many(payouts, ["state"])
        if batch.method == Payout.Method.CREDIT:
            crediting.give(batch, payouts, actor)
    return batch
