"""Batches of payouts: what one is made of, building it, and making it void.

Locks are taken from the batch to its payouts; nothing here needs an order or a case.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from backoffice.actors import Actor
from backoffice.audit.bulk import update_many
from backoffice.audit.recording import recorded
from backoffice.audit.timeline import register_action_labels
from backoffice.exceptions import BadInput, NotAllowed, NotFound, WrongState
from backoffice.money import ZERO
from merchants.models import Store
from refunds.bankfiles.ordering import check_before_sealing
from refunds.batches import approvals
from refunds.batches.sealing import seal
from refunds.disputes.standing import contested_among
from refunds.gateways.choosing import gateway_for
from refunds.models import Payout, RefundBatch
from refunds.payouts.routes import closed_routes

LIMIT = 10_000  # payouts of one batch: what one person can answer for
BUILT = gettext_noop("Built from queued payouts.")
VOIDED = gettext_noop("Made void before anything was sent.")
LABELS = {
    "build": gettext_lazy("Built"),
    "void": gettext_lazy("Made void"),
}
register_action_labels(LABELS.get)


@dataclass(frozen=True)
class Lane:
    """What one batch is made of: one store's account, one currency, and one way to the buyers."""

    store_id: int
    currency: str
    method: str = Payout.Method.ORIGINAL
    channel: str = ""

    @property
    def rows(self) -> Q:
        """The payouts that travel in this lane."""
        own = Q(case__store=self.store_id, currency=self.currency, method=self.method)
        return own & Q(channel=self.channel) if self.method == Payout.Method.ORIGINAL else own


READY = Q(state=Payout.State.QUEUED, batch=None, frozen=False) & (
    ~Q(method=Payout.Method.BANK) | ~Q(destination="")
)


def queued(lane: Lane) -> QuerySet[Payout]:
    """What a new batch can be made of, oldest first.

    Not what a dispute holds back, nor a bank transfer of which nobody has said where to.
    """
    return Payout.objects.filter(READY, lane.rows).order_by("queued_at", "pk")


def build(
    *,
    store_id: int,
    currency: str,
    actor: Actor,
    method: str = "",
    channel: str = "",
    payout_ids: Collection[int] | None = None,
    note: str = "",
    draft: bool = False,
) -> RefundBatch:
    """Seal a store's queued payouts of one currency – the oldest, or the chosen – into a batch.

    Without a ``method`` the batch goes the way of the oldest of them. ``draft`` leaves it open, to be
    changed and sealed by its maker. Two people who build at once get different payouts. Raises
    ``NotFound`` and ``NotAllowed`` by store, ``BadInput`` for an impossible choice and
    ``WrongState`` when there is nothing left.
    """
    with recorded(actor, note or BUILT, "build"):
        store = own_store(store_id, actor)
        lane = lane_of(store, currency, method, channel, payout_ids)
        payouts = take(lane, payout_ids)
        return make(store, lane, payouts, actor, draft=draft)


def lane_of(
    store: Store, currency: str, method: str, channel: str, chosen: Collection[int] | None = None
) -> Lane:
    """The lane that is named, or that of the oldest payout that waits; raises ``WrongState``."""
    if method:
        return Lane(store.pk, currency, method, channel)
    waiting = Payout.objects.filter(READY, case__store=store, currency=currency)
    if chosen is not None:
        waiting = waiting.filter(pk__in=chosen)
    oldest = waiting.order_by("queued_at", "pk").first()
    if oldest is None:
        return Lane(store.pk, currency)
    return Lane(store.pk, currency, oldest.method, oldest.channel)


def own_store(store_id: int, actor: Actor) -> Store:
    """The store, if ``actor`` builds its batches; raises ``NotFound`` or ``NotAllowed``."""
    store = Store.objects.visible_to(actor.user).filter(pk=store_id).first()
    if store is None:
        raise NotFound
    if not actor.user.has_perm("refunds.build_refundbatch", store):
        raise NotAllowed
    return store


def take(
    lane: Lane, chosen: Collection[int] | None = None, before: datetime | None = None
) -> list[Payout]:
    """Lock payouts for a batch. What another builder holds is passed over, not waited for.

    What can no longer go back the way that it came is passed over too: see ``refunds.payouts.routes``.
    """
    waiting = queued(lane)
    if before is not None:
        waiting = waiting.filter(queued_at__lte=before)
    if chosen is not None:
        _check_choice(chosen)
        waiting = waiting.filter(pk__in=chosen)
    payouts = _open_routes(list(_locked(waiting, skip=True)[:LIMIT]), strict=chosen is not None)
    if chosen is not None and len(payouts) < len(set(chosen)):
        raise WrongState(
            _("%(gone)d of the chosen payouts are no longer waiting. Look at the list again.")
            % {"gone": len(set(chosen)) - len(payouts)}
        )
    if not payouts:
        raise WrongState(
            _("No payout of this store is waiting in %(currency)s.") % {"currency": lane.currency}
        )
    return payouts


def _open_routes(payouts: list[Payout], *, strict: bool) -> list[Payout]:
    """Those that can still go the way that they are to go; raises ``WrongState`` where all must."""
    closed = closed_routes(payouts)
    if closed and strict:
        payout, why = next(iter(closed.items()))
        raise WrongState(f"{payout}: {why}")
    return [payout for payout in payouts if payout not in closed]


def _check_choice(chosen: Collection[int]) -> None:
    if not chosen:
        raise BadInput(_("Choose at least one payout."))
    if len(set(chosen)) > LIMIT:
        raise BadInput(
            _("A batch takes at most %(limit)d payouts. Choose fewer.") % {"limit": LIMIT}
        )


def make(
    store: Store, lane: Lane, payouts: Sequence[Payout], actor: Actor, *, draft: bool = False
) -> RefundBatch:
    """A batch of the locked ``payouts``, sealed unless it is a ``draft``."""
    original = lane.method == Payout.Method.ORIGINAL
    batch = RefundBatch(
        store=store,
        currency=lane.currency,
        method=lane.method,
        channel=lane.channel if original else "",
        account=store.account,
        gateway=gateway_for(store, lane.channel) if original else None,
        maker=actor.user,
    )
    count(batch, payouts)
    if not draft:
        check_before_sealing(batch.account, payouts)
        batch.seal()
        batch.sha256 = seal(payouts).sha256
    batch.save()
    put(payouts, batch, actor=actor, reason=BUILT, action="build")
    return batch


def count(batch: RefundBatch, payouts: Sequence[Payout]) -> None:
    """Write how many, and how much in all."""
    batch.count = len(payouts)
    batch.total = sum((payout.amount for payout in payouts), ZERO)


def put(
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


def void(*, batch_id: int, actor: Actor, note: str = "") -> RefundBatch:
    """Undo a draft or a sealed batch; its payouts wait for another one. Raises ``WrongState`` once released."""
    with recorded(actor, note or VOIDED, "void"):
        batch = lock(batch_id, actor, "refunds.void_refundbatch")
        in_state(batch, RefundBatch.State.DRAFT, RefundBatch.State.SEALED)
        batch.void()
        batch.save()
        approvals.void(batch, VOIDED)
        put(payouts_of(batch), None, actor=actor, reason=VOIDED, action="void")
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
