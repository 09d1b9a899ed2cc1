"""Asking what became of a payout: under the same number, with growing waits, until it is definite.

“Not found” counts only once the provider's window is over; then the same number is sent again, and
nothing else ever is.
"""

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from backoffice import clock
from backoffice.actors import GATEWAY, Actor, system
from backoffice.audit.recording import recorded
from backoffice.audit.timeline import register_action_labels
from backoffice.exceptions import NotAllowed, NotFound, WrongState
from refunds.gateways import accounts, waits
from refunds.gateways.protocol import Adapter, Receipt, Status
from refunds.gateways.recording import OPEN, lose_track, record
from refunds.gateways.sending import attempt_of, call, intent_of, no_answer
from refunds.models import Payout, PayoutAttempt
from refunds.payouts.bounces import bounce

Outcome, State = PayoutAttempt.Outcome, Payout.State
PERMISSION = "refunds.ask_provider"
ASKED = gettext_noop("The provider is asked what became of it.")
BY_HAND = gettext_noop("A person had the provider asked.")
AGAIN = gettext_noop("It never arrived, so the same number is sent again.")
register_action_labels(
    {"ask": gettext_lazy("Asked the provider"), "resend": gettext_lazy("Sent again")}.get
)


def ask_one() -> bool:
    """Ask about the payout that has waited longest for it; gives whether there was one."""
    attempt = _claim(system(GATEWAY))
    if attempt is None:
        return False
    _ask(attempt)
    return True


def ask_now(*, payout_id: int, actor: Actor) -> Payout:
    """Ask the provider at once, for a person who waits for the answer; gives the payout afterwards.

    Raises ``NotFound`` and ``NotAllowed`` by store, and ``WrongState`` where there is nothing to ask,
    or where it was asked a moment ago.
    """
    payout = Payout.objects.visible_to(actor.user).filter(pk=payout_id).first()
    if payout is None:
        raise NotFound
    if not actor.user.has_perm(PERMISSION, payout):
        raise NotAllowed
    attempt = _claim(actor, payout)
    if attempt is None:
        raise WrongState(_("There is nothing to ask: the provider's answer is here."))
    _ask(attempt)
    return Payout.objects.get(pk=payout_id)


def _claim(actor: Actor, payout: Payout | None = None) -> PayoutAttempt | None:
    """Take a question and commit that it is being asked; the next one comes later than its answer.

    An attempt that nobody has answered by now belongs to a worker that died: its payout is unknown.
    """
    skip = connection.features.has_select_for_update_skip_locked and payout is None
    with recorded(actor, BY_HAND if payout else ASKED, "ask"):
        due = PayoutAttempt.objects.filter(ask_at__isnull=False)
        due = due.filter(payout=payout) if payout else due.filter(ask_at__lte=clock.now())
        locked = due.select_for_update(of=("payout",), skip_locked=skip)
        attempt = locked.select_related("payout", "gateway").order_by("ask_at", "pk").first()
        if attempt is None:
            return None
        if payout:
            _check_patience(attempt)
        if attempt.outcome == Outcome.CALLING:
            lose_track(attempt.payout, actor)
            attempt.outcome = Outcome.NO_ANSWER
        attempt.asks += 1
        attempt.asked_at = clock.now()
        attempt.ask_at = max(waits.next_question(attempt.asks), clock.now() + waits.lease())
        attempt.save()
    return attempt


def _check_patience(attempt: PayoutAttempt) -> None:
    if attempt.outcome == Outcome.CALLING and attempt.sent_at + waits.lease() > clock.now():
        raise WrongState(_("It is being sent at this moment. Ask again in a minute."))
    asked = attempt.asked_at
    if asked is not None and (clock.now() - asked).total_seconds() < waits.PATIENCE:
        raise WrongState(_("It was asked a moment ago. Ask again in a few seconds."))


def _ask(attempt: PayoutAttempt) -> None:
    """Ask, and record; where it never arrived and cannot arrive any more, send the number again."""
    adapter = accounts.adapter(attempt.gateway.provider, attempt.gateway.account)
    if adapter is None:
        return
    asked_at = clock.now()
    receipt = query(adapter, attempt)
    payout = record(attempt.pk, receipt)
    if payout.state == State.SETTLED and receipt.status == Status.REFUSED:
        bounce(reasons={payout.pk: receipt.reason}, actor=system(GATEWAY))
    if receipt.status == Status.NOT_FOUND and asked_at > attempt.sent_at + adapter.window:
        again = _resend(attempt)
        if again is not None:
            record(again.pk, call(adapter, again))


def query(adapter: Adapter, attempt: PayoutAttempt) -> Receipt:
    """The provider's answer, outside of any transaction; whatever goes wrong is “no answer”."""
    try:
        return adapter.query(intent_of(attempt.payout))
    except Exception as problem:
        return no_answer(problem)


def _resend(attempt: PayoutAttempt) -> PayoutAttempt | None:
    """Commit that the number is sent again, unless somebody was quicker or the gateway is paused."""
    with recorded(system(GATEWAY), AGAIN, "resend"):
        payout = Payout.objects.select_for_update(of=("self",)).get(pk=attempt.payout_id)
        found = PayoutAttempt.objects.select_related("gateway").select_for_update(of=("self",))
        last = found.get(pk=attempt.pk)
        moved = last.outcome != Outcome.NOT_FOUND or last.ask_at is None
        if (
            payout.state not in OPEN
            or moved
            or last.gateway.paused
            or waits.room(last.gateway) <= 0
        ):
            return None
        last.ask_at = None
        last.save()
        return attempt_of(payout, last.gateway)
