"""What a request for a compensation proposes to give."""

from collections.abc import Sequence
from dataclasses import replace

from django.utils.translation import gettext as _

from backoffice.exceptions import BadInput
from orders.models import Order
from refunds import caps
from refunds.compensating import proposing
from refunds.intake.asking import Request
from refunds.models import Compensation, Kind


def proposal_of(
    order: Order, request: Request, claims: Sequence[caps.Claim]
) -> proposing.Proposal | None:
    """What a compensation proposes to give; ``None`` for every other kind."""
    if request.kind != Kind.COMPENSATION:
        if request.compensation_type or request.bearer or request.loss is not None:
            raise BadInput(
                _(
                    "Type, bearer and loss belong to a compensation. Choose that kind, or leave them "
                    "empty."
                )
            )
        return None
    if any(line.amount is not None for line in request.lines):
        raise BadInput(_("Say the amount of a compensation once, for the whole case."))
    usual = Compensation.Type.GOODWILL if request.in_money else Compensation.Type.COUPON
    wanted = proposing.Wanted(
        type=request.compensation_type or usual,
        amount=request.amount,
        bearer=request.bearer,
        loss=request.loss,
    )
    return proposing.propose(order, wanted, claims, request.freight)


def as_proposed(request: Request, proposal: proposing.Proposal) -> Request:
    """The request with what follows from the type of its compensation."""
    return replace(
        request,
        compensation_type=proposal.type,
        in_money=proposal.in_money,
        freight=proposal.freight,
        amount=proposal.amount - proposal.freight,
        bearer=proposal.bears_in_the_end,
    )
