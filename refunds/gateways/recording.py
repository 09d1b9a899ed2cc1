"""Writing down what a provider said about a payout: by compare-and-set, and never backwards.

Locks are taken in the order of everywhere: order, case, payout – its attempt last.
"""

import logging
from collections.abc import Collection

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext_lazy, gettext_noop

from backoffice import clock
from backoffice.actors import GATEWAY, Actor, system
from backoffice.audit.recording import recorded
from backoffice.audit.timeline import register_action_labels
from backoffice.exceptions import BackofficeError
from merchants.people import holders
from orders.models import Order
from refunds import ledger, notices
from refunds.gateways import waits
from refunds.gateways.protocol import Receipt, Status
from refunds.models import Notice, Payout, PayoutAttempt, RefundBatch, RefundCase
from refunds.workflow import perform

log = logging.getLogger(__name__)
Outcome, State, Batch = PayoutAttempt.Outcome, Payout.State, RefundBatch
ANSWERED = gettext_noop("The provider's answer.")
SETTLED = gettext_noop("The provider says that the money was paid.")
REFUSED = gettext_noop("The provider refused for good.")
LOST = gettext_noop(
    "The provider has not said what became of it: it is asked, under the same number."
)
COMPLETE = gettext_noop("The provider has answered every payout of this batch.")
TAKEN = gettext_noop("Every payout of this batch was handed to the provider.")
OPEN = Payout.ON_ITS_WAY
RETRY = "refunds.retry_payout"  # who hears of it: finance of the store
register_action_labels(
    {
        "receipt": gettext_lazy("Answered by the provider"),
        "lose_track": gettext_lazy("Without an answer"),
    }.get
)


def record(attempt_id: int, receipt: Receipt) -> Payout:
    """Write down a receipt, and what follows from it; gives the payout as it is then.

    An answer about a payout that already has its definite one is noted on the attempt, and moves
    nothing: so late, doubled and contradicting answers do no harm.
    """
    actor = system(GATEWAY)
    with recorded(actor, ANSWERED, "receipt"):
        attempt, payout = _locked(attempt_id)
        outcome = _outcome(payout, receipt)
        if payout.state in OPEN:
            _move(payout, outcome, receipt, actor)
        if outcome in PayoutAttempt.NEED_A_PERSON and outcome != attempt.outcome:
            _alarm(payout, outcome)
        _note(attempt, payout, outcome, receipt)
    return payout


def _locked(attempt_id: int) -> tuple[PayoutAttempt, Payout]:
    payout_id, case_id, order_id = PayoutAttempt.objects.values_list(
        "payout", "payout__case", "payout__case__order"
    ).get(pk=attempt_id)
    Order.objects.select_for_update().get(pk=order_id)
    RefundCase.objects.select_for_update(of=("self",)).get(pk=case_id)
    payout = Payout.objects.select_for_update(of=("self",)).get(pk=payout_id)
    attempt = PayoutAttempt.objects.select_for_update(of=("self",)).get(pk=attempt_id)
    return attempt, payout


def _outcome(payout: Payout, receipt: Receipt) -> str:
    """The answer – or that it is about another amount than ours, which nobody may take for ours."""
    if receipt.amount is None:
        return receipt.status.value
    same = (receipt.amount, receipt.currency) == (payout.amount, payout.currency)
    return receipt.status.value if same else Outcome.DIFFERS.value


def _move(payout: Payout, outcome: str, receipt: Receipt, actor: Actor) -> None:
    if outcome == Status.SETTLED:
        _settle(payout, actor)
    elif outcome == Status.REFUSED:
        with recorded(actor, REFUSED, "receipt"):
            payout.fail()
            payout.bank_reason = receipt.reason[:300]
            payout.save()
            ledger.failed([payout])
    elif outcome == Status.PENDING:
        if payout.state == State.SENDING:
            payout.send()
            payout.save()
    else:
        lose_track(payout, actor)


def _settle(payout: Payout, actor: Actor) -> None:
    with recorded(actor, SETTLED, "receipt"):
        payout.settle()
        payout.settled_at = clock.now()
        payout.save()
        ledger.settled([payout])
    try:
        perform("refund", case_id=payout.case_id, actor=actor)
    except BackofficeError as refusal:  # the money is gone all the same, and that is on record
        log.error("Case %s could not follow its settled payout: %s", payout.case_id, refusal)


def lose_track(payout: Payout, actor: Actor) -> None:
    """What was being sent and has no usable answer is *unknown* from now on."""
    if payout.state == State.SENDING:
        with recorded(actor, LOST, "lose_track"):
            payout.lose_track()
            payout.save()


def _alarm(payout: Payout, outcome: str) -> None:
    """Tell finance of an answer that no further question clears up."""
    notices.tell(
        recipients=holders(RETRY, payout.case.store),
        case=payout.case,
        kind=Notice.Kind.ODD,
        about=f"payout {payout.number} {outcome}",
    )


def _note(attempt: PayoutAttempt, payout: Payout, outcome: str, receipt: Receipt) -> None:
    """Write down the answer, and when to ask next: never again once it is definite.

    News about what had arrived already is asked for until it is heard.
    """
    heard = outcome not in (Outcome.NO_ANSWER, Outcome.BUSY)
    over = payout.state not in OPEN and (heard or payout.state != State.SETTLED)
    attempt.outcome, attempt.answered_at = outcome, clock.now()
    attempt.reference = receipt.reference[:80] or attempt.reference
    attempt.reason = receipt.reason[:300]
    if over:
        attempt.ask_at = None
    elif attempt.ask_at is not None:
        attempt.ask_at = waits.next_question(attempt.asks)
    attempt.save()


def close_batches() -> None:
    """Move on the gateway batches that are with their provider as a whole, or answered in full."""
    for batches, reason, action in (
        (taken(), TAKEN, "acknowledge"),
        (answered(), COMPLETE, "reconcile"),
    ):
        for pk in batches.order_by("pk").values_list("pk", flat=True):
            with recorded(system(GATEWAY), reason, action):
                batch = batches.select_for_update(of=("self",)).filter(pk=pk).first()
                if batch is not None:
                    getattr(batch, action)()
                    batch.save()


def taken() -> QuerySet[RefundBatch]:
    """Batches of which every payout was handed to the provider."""
    return _without(Batch.State.SENT, states=(State.APPROVED, State.SENDING))


def answered() -> QuerySet[RefundBatch]:
    """Batches of which every payout has its definite answer."""
    return _without(Batch.State.SENT, Batch.State.ACKNOWLEDGED, states=(State.APPROVED, *OPEN))


def _without(*batch_states: str, states: Collection[str]) -> QuerySet[RefundBatch]:
    """Gateway batches in ``batch_states`` with no payout in ``states``."""
    waiting = Payout.objects.filter(batch=OuterRef("pk"), state__in=states)
    ours = RefundBatch.objects.filter(state__in=batch_states, gateway__isnull=False)
    return ours.filter(~Exists(waiting))
