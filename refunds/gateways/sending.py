"""Sending: a payout is claimed and that is committed, then the provider is called, then it is recorded.

Whoever dies in between leaves a payout that is *being sent*: ``asking`` finds it, and asks.
"""

import logging

from django.db import connection
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy, gettext_noop

from backoffice import clock
from backoffice.actors import GATEWAY, Actor, system
from backoffice.audit.recording import recorded
from backoffice.audit.timeline import register_action_labels
from backoffice.privacy.keys import clear
from orders.models import Payment
from refunds import ledger
from refunds.batches.building import payouts_of
from refunds.batches.sealing import unbroken
from refunds.gateways import accounts, waits
from refunds.gateways.protocol import Adapter, Intent, Receipt, Status
from refunds.gateways.recording import record
from refunds.models import Payout, PayoutAttempt, PayoutGateway, RefundBatch

log = logging.getLogger(__name__)
BEGUN = gettext_noop("The gateway began to send this batch.")
SENDING = gettext_noop("Handed to the gateway.")
register_action_labels(
    {"begin": gettext_lazy("Sending began"), "hand_over": gettext_lazy("Handed to the gateway")}.get
)


def begin_batches() -> None:
    """Mark released gateway batches as sent, so that their payouts may be claimed."""
    waiting = RefundBatch.objects.filter(
        state=RefundBatch.State.RELEASED, gateway__isnull=False, gateway__paused=False
    )
    for pk in waiting.order_by("pk").values_list("pk", flat=True):
        _begin(pk, system(GATEWAY))


def _begin(batch_id: int, actor: Actor) -> None:
    with recorded(actor, BEGUN, "begin"):
        rows = RefundBatch.objects.select_for_update(of=("self",)).select_related("store")
        batch = rows.get(pk=batch_id)
        if batch.state != RefundBatch.State.RELEASED:
            return
        if not unbroken(batch, payouts_of(batch)):
            log.error("Batch %s is not what was sealed any more: nothing of it is sent.", batch)
            return
        batch.send()
        batch.save()


def send_one(gateway: PayoutGateway) -> bool:
    """Claim, call, record; gives whether there was anything to send."""
    adapter = accounts.adapter(gateway.provider, gateway.account)
    if adapter is None or waits.room(gateway) <= 0:
        return False
    attempt = claim(gateway)
    if attempt is None:
        return False
    record(attempt.pk, call(adapter, attempt))
    return True


def claim(gateway: PayoutGateway) -> PayoutAttempt | None:
    """Take the next approved payout of the gateway, and commit that it is being sent.

    What another worker holds is passed over. A frozen or cancelled payout is not approved, and while
    the gateway is paused there is none.
    """
    with recorded(system(GATEWAY), SENDING, "hand_over"):
        payout = _locked(waiting(gateway).order_by("pk")).first()
        if payout is None:
            return None
        payout.claim()
        payout.save()
        ledger.sent([payout])
        return attempt_of(payout, gateway)


def waiting(gateway: PayoutGateway) -> QuerySet[Payout]:
    """What may be sent through the gateway now."""
    return Payout.objects.filter(
        state=Payout.State.APPROVED,
        batch__state=RefundBatch.State.SENT,
        batch__gateway=gateway,
        batch__gateway__paused=False,
    )


def _locked(rows: QuerySet[Payout]) -> QuerySet[Payout]:
    skip = connection.features.has_select_for_update_skip_locked
    return rows.select_for_update(of=("self",), skip_locked=skip)


def attempt_of(payout: Payout, gateway: PayoutGateway) -> PayoutAttempt:
    """Write down that the payout is being sent from now on. The caller holds its lock."""
    return PayoutAttempt.objects.create(
        payout=payout,
        gateway=gateway,
        number=payout.number,
        sent_at=clock.now(),
        ask_at=clock.now() + waits.lease(),
    )


def call(adapter: Adapter, attempt: PayoutAttempt) -> Receipt:
    """Call the provider. Outside of any transaction; whatever goes wrong is “no answer”."""
    try:
        return adapter.refund(intent_of(attempt.payout))
    except Exception as problem:
        return no_answer(problem)


def no_answer(problem: Exception) -> Receipt:
    """What a library stumbled over. Its own words may hold keys, so only its kind is told."""
    log.warning("A gateway call failed: %s", type(problem).__name__)
    return Receipt(Status.NO_ANSWER, reason=type(problem).__name__)


def intent_of(payout: Payout) -> Intent:
    """The payout as its provider is told of it."""
    paid = Payment.objects.filter(order__cases=payout.case_id, reference=payout.destination).first()
    return Intent(
        number=payout.number,
        payment=clear(payout.destination),
        amount=payout.amount,
        currency=payout.currency,
        paid=paid.amount if paid else payout.amount,
    )
