"""Turning a case into one of another kind, when what was asked for is not what will be done."""

from typing import Any

from django.utils.translation import gettext as _

from backoffice.actors import Actor
from backoffice.exceptions import BadInput
from refunds import caps, policies
from refunds.deciding import four_eyes
from refunds.exemptions import checking as exemptions
from refunds.goods import promises
from refunds.intake.checking import objection_to
from refunds.models import Kind, RefundCase, State
from refunds.payouts import queueing

WAYS: dict[tuple[str, str], frozenset[str]] = {
    # goods that are gone: the money instead, wherever the goods are by now
    (Kind.EXCHANGE, Kind.RETURN_REFUND): frozenset(
        {State.REQUESTED, State.AWAITING_RETURN, State.INSPECTING, State.REVIEWED}
    ),
    # before the review: the store waives the return, wants it after all, or the buyer changes their mind
    (Kind.EXCHANGE, Kind.REFUND_ONLY): frozenset({State.REQUESTED}),
    (Kind.RETURN_REFUND, Kind.REFUND_ONLY): frozenset({State.REQUESTED}),
    (Kind.RETURN_REFUND, Kind.EXCHANGE): frozenset({State.REQUESTED}),
    (Kind.REFUND_ONLY, Kind.RETURN_REFUND): frozenset({State.REQUESTED}),
}


def ways_of(case: RefundCase) -> list[str]:
    """The kinds that the case can be turned into now."""
    return [to for to in _open_to(case) if not _objection(case, to)]


def _open_to(case: RefundCase) -> list[str]:
    return [to for (kind, to), states in WAYS.items() if kind == case.kind and case.state in states]


def _objection(case: RefundCase, kind: str) -> str:
    """Why the case's reason does not allow ``kind``; empty where it does.

    It is asked of a request alone. Once an exchange was promised, money is what is left where the goods
    are gone, whatever the buyer asked for.
    """
    return objection_to(case.reason, kind) if case.state == State.REQUESTED else ""


def can_convert(case: RefundCase) -> bool:
    """Whether there is another kind to turn the case into, and nothing was shipped for it."""
    return bool(ways_of(case)) and not case.replacements.filter(shipped_at__isnull=False).exists()


def convert(
    case: RefundCase, *, actor: Actor, kind: str, agreed: bool = False, **_details: Any
) -> None:
    """Turn the case into one of ``kind``, as the buyer has agreed.

    What was promised goes back into stock; what becomes money has to fit into what is left of the
    order, and is queued where the review is over. Raises ``BadInput`` and ``RefundExceedsBalance``.
    """
    if kind not in _open_to(case):
        raise BadInput(_("A case like this cannot be turned into that kind in its current state."))
    if why := _objection(case, kind):
        raise BadInput(why)
    if not agreed:
        raise BadInput(_("Ask the buyer first: a case is turned into another with their word."))
    if case.state == State.REQUESTED:
        exemptions.check_case(case, kind=kind)
    change_kind(case, kind)
    if case.state == State.REVIEWED:
        four_eyes.require_alone(case, actor, case.ready_amount)


def change_kind(case: RefundCase, kind: str) -> None:
    """Change the kind, with all that hangs on it; for callers who know that it is allowed."""
    promised = promises.live(case)
    if promised is not None:
        promises.release(case, promised)
    becomes_money = not case.in_money and case.kind == Kind.EXCHANGE
    case.kind = kind
    if kind == Kind.EXCHANGE:
        case.in_money = False
    elif becomes_money:
        case.in_money = True
        _check_caps(case)
    if case.state == State.REQUESTED:
        _take_policy(case)
    elif case.state == State.REVIEWED:
        queueing.queue(case)


def _take_policy(case: RefundCase) -> None:
    """Let the case go by the policy for its new kind that was in force when it was requested.

    The running clock stays as it is: nobody gains time by it, and nobody loses any.
    """
    categories = set(case.lines.values_list("order_line__category", flat=True))
    case.policy = policies.in_force(
        store=case.store,
        kind=case.kind,
        stage=case.stage,
        at=case.requested_at,
        reason=case.reason,
        categories=categories,
    )
    case.at_deadline = case.policy.at_deadline


def _check_caps(case: RefundCase) -> None:
    """What the case is about has to be left, now that money is to be paid for it."""
    claims = [
        caps.Claim(
            line.order_line,
            line.quantity,
            line.amount_requested if line.amount_approved is None else line.amount_approved,
        )
        for line in case.lines.select_related("order_line")
    ]
    freight = case.freight_approved
    caps.check(
        case.order,
        kind=case.kind,
        claims=claims,
        freight=case.freight_requested if freight is None else freight,
        total=case.ready_amount,
        without=case,
    )
