"""Batches of payouts: one person builds and seals them, another releases them.

Locks are taken from the batch to its payouts; nothing here needs an order or a case.
"""

from collections.abc import Collection, Iterable

from django.db import connection
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from backoffice import clock
from backoffice.actors import Actor
from backoffice.audit.bulk import update_many
from backoffice.audit.recording import recorded
from backoffice.audit.timeline import register_action_labels
from backoffice.exceptions import BadInput, NotAllowed, NotFound, WrongState
from merchants.models import Store
from refunds.disputes.standing import contested_among
from refunds.gateways.choosing import gateway_for
from refunds.models import Payout, RefundBatch
from refunds.sealing import seal, unbroken

LIMIT = 1_000  # payouts of one file: what banks take
BUILT = gettext_noop("Built from queued payouts.")
RELEASED = gettext_noop("Checked and released by a second person.")
VOIDED = gettext_noop("Made void before anything was sent.")
LABELS = {
    "build": gettext_lazy("Built"),
    "release": gettext_lazy("Released"),
    "void": gettext_lazy("Made void"),
}
register_action_labels(LABELS.get)


def queued(*, store_id: int, currency: str) -> QuerySet[Payout]:
    """What a new batch can be made of, oldest first: not what a dispute holds back."""
    waiting = Payout.objects.filter(
        state=Payout.State.QUEUED,
        batch=None,
        frozen=False,
        case__store=store_id,
        currency=currency,
    )
    return waiting.order_by("queued_at", "pk")


def build(
    *,
    store_id: int,
    currency: str,
    actor: Actor,
    payout_ids: Collection[int] | None = None,
    note: str = "",
) -> RefundBatch:
    """Seal a store's queued payouts of one currency – the oldest, or the chosen – into a batch.

    Two people who build at once get different payouts. Raises ``NotFound`` and ``NotAllowed`` by
    store, ``BadInput`` for an impossible choice and ``WrongState`` when there is nothing left.
    """
    with recorded(actor, note or BUILT, "build"):
        store = _own_store(store_id, actor)
        payouts = _take(store, currency, payout_ids)
        sealed = seal(payouts)
        batch = RefundBatch.objects.create(
            store=store,
            state=RefundBatch.State.SEALED,
            currency=currency,
            account=store.account,
            gateway=gateway_for(store),
            count=sealed.count,
            total=sealed.total,
            sha256=sealed.sha256,
            maker=actor.user,
        )
        _put(payouts, batch, actor=actor, reason=BUILT, action="build")
    return batch


def _own_store(store_id: int, actor: Actor) -> Store:
    store = Store.objects.visible_to(actor.user).filter(pk=store_id).first()
    if store is None:
        raise NotFound
    if not actor.user.has_perm("refunds.build_refundbatch", store):
        raise NotAllowed
    return store


def _take(store: Store, currency: str, chosen: Collection[int] | None) -> list[Payout]:
    """Lock the payouts of a new batch. What another builder holds is passed over, not waited for."""
    waiting = queued(store_id=store.pk, currency=currency)
    if chosen is not None:
        _check_choice(chosen)
        waiting = waiting.filter(pk__in=chosen)
    payouts = list(_locked(waiting, skip=True)[:LIMIT])
    if chosen is not None and len(payouts) < len(set(chosen)):
        raise WrongState(
            _("%(gone)d of the chosen payouts are no longer waiting. Look at the list again.")
            % {"gone": len(set(chosen)) - len(payouts)}
        )
    if not payouts:
        raise WrongState(
            _("No payout of this store is waiting in %(currency)s.") % {"currency": currency}
        )
    return payouts


def _check_choice(chosen: Collection[int]) -> None:
    if not chosen:
        raise BadInput(_("Choose at least one payout."))
    if len(set(chosen)) > LIMIT:
        raise BadInput(
            _("A batch takes at most %(limit)d payouts. Choose fewer.") % {"limit": LIMIT}
        )


def _put(
    payouts: Iterable[Payout], batch: RefundBatch | None, *, actor: Actor, reason: str, action: str
) -> None:
    """Put ``payouts`` into ``batch``, or out of any.

    What somebody noted about the batch is said in its own history, not in that of each payout:
    people read payouts who do not read batches. What comes out while its case is disputed is frozen.
    """
    rows = list(payouts)
    contested = contested_among([payout.case_id for payout in rows]) if batch is None else set()
    for payout in rows:
        payout.batch = batch
        payout.frozen = payout.case_id in contested
    with recorded(actor, reason, action):
        update_many(rows, ["batch", "frozen"])


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
    return batch


def void(*, batch_id: int, actor: Actor, note: str = "") -> RefundBatch:
    """Undo a sealed batch; its payouts wait for another one. Raises ``WrongState`` once released."""
    with recorded(actor, note or VOIDED, "void"):
        batch = lock(batch_id, actor, "refunds.void_refundbatch")
        in_state(batch, RefundBatch.State.SEALED)
        batch.void()
        batch.save()
        _put(payouts_of(batch), None, actor=actor, reason=VOIDED, action="void")
    return batch


def lock(batch_id: int, actor: Actor, permission: str) -> RefundBatch:
    """The batch under its lock, if ``actor`` may; raises ``NotFound`` or ``NotAllowed``."""
    rows = RefundBatch.objects.select_for_update(of=("self",)).select_related(
        "store", "maker", "checker"
    )
    batch = rows.filter(pk=batch_id).first()
    if batch is None or not actor.user.has_perm("refunds.view_refundbatch", batch):
        raise NotFound
    if not actor.user.has_perm(permission, batch):
        raise NotAllowed
    return batch


def in_state(batch: RefundBatch, *states: str) -> None:
    """Raise ``WrongState``, saying where the batch is, unless it is in one of ``states``."""
    if batch.state not in states:
        raise WrongState(
            _("Batch %(batch)s is in the state “%(state)s”, so this is not possible.")
            % {"batch": batch, "state": batch.get_state_display()}
        )


def payouts_of(batch: RefundBatch) -> list[Payout]:
    """The batch's payouts, locked, in the order of its file."""
    return list(_locked(Payout.objects.filter(batch=batch).order_by("queued_at", "pk")))


def _locked(rows: QuerySet[Payout], *, skip: bool = False) -> QuerySet[Payout]:
    skip = skip and connection.features.has_select_for_update_skip_locked
    return rows.select_for_update(of=("self",), skip_locked=skip)
