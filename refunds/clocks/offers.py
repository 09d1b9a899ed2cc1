"""Offering the buyer less than was requested: the review waits for the answer."""

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from backoffice import clock as time
from backoffice.actors import Actor
from backoffice.exceptions import BadInput
from refunds import notices
from refunds.clocks import ends, running
from refunds.clocks.pausing import runs, stand_still
from refunds.compensating.kinds import store_decides
from refunds.deciding import decisions
from refunds.goods.converting import change_kind
from refunds.models import (
    Clock,
    Kind,
    Message,
    Notice,
    Offer,
    Party,
    PauseCause,
    RefundCase,
    State,
)
from refunds.models.case_states import sends_goods_back


def may_offer(case: RefundCase) -> bool:
    """Whether the review runs and is the store's, and money could be what the buyer gets.

    Not while an approval waits for its second person: two amounts would be on their way.
    """
    money_or_goods = case.in_money or case.kind == Kind.EXCHANGE
    return (
        case.state == State.REQUESTED
        and case.clock == Clock.REVIEW
        and (money_or_goods and runs(case))
        and store_decides(case)
        and case.first_approver_id is None
    )


def offer(case: RefundCase, *, actor: Actor, amount: Decimal, words: str, **_details: Any) -> None:
    """Offer the buyer ``amount``; the review waits, for as long as the policy gives for an answer.

    Where goods would have come back, the buyer keeps them if they accept.
    """
    decisions.check_amount(case, amount)
    if not words.strip():
        raise BadInput(_("An offer needs words to the buyer."))
    still = stand_still(case, PauseCause.OFFER, case.policy.offer_hours)
    case.clock = Clock.OFFER
    Offer.objects.create(
        case=case,
        amount=amount,
        words=words.strip(),
        made_at=still.started_at,
        answer_by=still.until,
    )
    _tell_the_buyer(case, actor, amount, words.strip())


def waits(case: RefundCase) -> bool:
    """Whether an offer waits for the buyer's answer."""
    return case.clock == Clock.OFFER


def may_accept(case: RefundCase) -> bool:
    """Whether the buyer still has time to accept: the timer lets the offer lapse from its very end on."""
    return waits(case) and not ends.passed(case)


def accept(case: RefundCase, *, actor: Actor, **_details: Any) -> None:
    """The buyer accepts: what was offered is approved, by the rules of every approval.

    Where it takes two people to approve, the review goes on until the second one has.
    """
    amount = _answered(case, Offer.State.ACCEPTED, actor).amount
    if sends_goods_back(case):
        change_kind(case, Kind.REFUND_ONLY)  # the buyer keeps the goods
    decisions.approve(case, actor=actor, amount=amount)


def decline(case: RefundCase, *, actor: Actor, **_details: Any) -> None:
    """The buyer declines: the review goes on with the time that was left."""
    _answered(case, Offer.State.DECLINED, actor)


def ran_out(case: RefundCase) -> bool:
    """Whether the buyer's time to answer is over."""
    return waits(case) and ends.passed(case)


def lapse(case: RefundCase, *, actor: Actor, **_details: Any) -> None:
    """The buyer did not answer: the review goes on with the time that was left."""
    running.go_on(case, Clock.REVIEW)  # ends the offer too


def _answered(case: RefundCase, state: Offer.State, actor: Actor) -> Offer:
    answered = Offer.objects.get(case=case, state=Offer.State.OPEN)
    answered.state, answered.answered_at = state, time.now()
    answered.save()
    running.go_on(case, Clock.REVIEW)
    if case.assignee and case.assignee != actor.user:
        notices.tell(
            recipients=case.assignee,
            case=case,
            kind=Notice.Kind.ANSWER,
            about=f"offer {answered.pk}",
        )
    return answered


def _tell_the_buyer(case: RefundCase, actor: Actor, amount: Decimal, words: str) -> None:
    """Put the offer into the thread, where buyer, store and platform read it."""
    body = f"{amount} {case.currency}\n\n{words}"  # in no language: the buyer's is not known
    Message.objects.create(
        case=case, party=Party.STORE, author=actor.user, body=body, sent_at=time.now()
    )
