"""What ends because nobody went on: a rejection that the buyer let be, a verdict not appealed."""

from typing import Any

from backoffice import clock as time
from backoffice.actors import Actor
from refunds.clocks import ends, running
from refunds.disputes import appeals
from refunds.models import Clock, RefundCase


def may_close(case: RefundCase) -> bool:
    """Whether the buyer's time to escalate a rejection is over."""
    return case.clock == Clock.ESCALATE and ends.passed(case)


def close(case: RefundCase, *, actor: Actor, **_details: Any) -> None:
    """The rejection is final."""
    running.stop(case)
    case.closed_at = time.now()


def may_let_stand(case: RefundCase) -> bool:
    """Whether the merchant's time to appeal is over, by every clock that counts."""
    return case.clock == Clock.APPEAL and ends.passed(case) and appeals.verdict_is_final(case)


def let_stand(case: RefundCase, *, actor: Actor, **_details: Any) -> None:
    """Nobody appealed: the verdict is final."""
    appeals.let_stand(case, actor=actor)
    if case.clock == Clock.APPEAL:
        running.stop(case)
