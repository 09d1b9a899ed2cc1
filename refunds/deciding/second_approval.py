"""The second person's approval: what one person approved above their limit takes effect."""

from typing import Any

from backoffice.actors import Actor
from refunds.deciding import decisions
from refunds.disputes import verdicts
from refunds.goods import inspection
from refunds.models import RefundCase, State

CONFIRM = {
    State.REQUESTED: decisions.approve,
    State.INSPECTING: inspection.accept_as_found,
    State.DISPUTED: verdicts.confirm,
}


def confirm(case: RefundCase, *, actor: Actor, **_details: Any) -> None:
    """Approve the amount that the first person approved: the case goes on as if one had sufficed."""
    CONFIRM[State(case.state)](case, actor=actor, amount=case.first_amount)
