"""What a compensation case proposes to give: written when it is opened, completed when it is given."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from backoffice import money
from backoffice.exceptions import BadInput
from backoffice.money import ZERO
from orders.models import Order
from refunds.caps import Claim
from refunds.compensating import kinds, limits, statutory
from refunds.compensating.kinds import Type
from refunds.models import Bearer, Compensation, RefundCase


@dataclass(frozen=True)
class Wanted:
    """What is to be given: its type, how much, who bears it; ``loss`` is the buyer's, for food."""

    type: str
    amount: Decimal | None = None
    bearer: str = ""
    loss: Decimal | None = None


@dataclass(frozen=True)
class Proposal:
    """What will stand on the case: the amount, its share per line, and how it was computed."""

    type: str
    amount: Decimal
    claims: list[Claim]
    freight: Decimal
    bearer: str
    loss: Decimal | None
    basis: dict[str, Any] = field(default_factory=dict)

    @property
    def in_money(self) -> bool:
        """Whether it is paid by a payout."""
        return kinds.paid_in_money(self.type)

    @property
    def bears_in_the_end(self) -> str:
        """Who bears the cost at last: what the platform advances is recovered from the merchant."""
        return Bearer.STORE if self.type == Type.ADVANCE else self.bearer

    @property
    def damages(self) -> bool:
        """Whether it comes on top of what the buyer paid."""
        return self.type in Compensation.DAMAGES


def propose(order: Order, wanted: Wanted, claims: Sequence[Claim], freight: Decimal) -> Proposal:
    """Turn what is ``wanted`` about ``claims`` – each at what was paid for it – into a proposal.

    Raises ``BadInput`` for what makes no sense or is above the cap.
    """
    _check(wanted)
    if kinds.fixed_by_law(wanted.type):
        return _by_law(order, wanted, claims, freight)
    paid = sum((claim.amount for claim in claims), ZERO)
    amount, freight = _amounts(wanted, paid, freight)
    total = amount + freight
    _check_amount(total, order.currency)
    limits.check_cap(limits.worth(order, wanted.type, total, paid if claims else None))
    return Proposal(
        type=wanted.type,
        amount=total,
        claims=shared(amount, claims, order.currency),
        freight=freight,
        bearer=kinds.bearer_of(wanted.type, wanted.bearer),
        loss=None,
        basis={"recover_from": Bearer.STORE} if wanted.type == Type.ADVANCE else {},
    )


def shared(amount: Decimal, claims: Sequence[Claim], currency: str) -> list[Claim]:
    """``claims`` with ``amount`` shared over them by what was paid, without a rest."""
    parts = money.share_out(amount, [claim.amount for claim in claims], currency)
    return [
        Claim(claim.line, claim.quantity, part) for claim, part in zip(claims, parts, strict=True)
    ]


def _check(wanted: Wanted) -> None:
    if wanted.type not in Type.values:
        raise BadInput(
            _("There is no type of compensation “%(type)s”.") % {"type": wanted.type[:40]}
        )
    if wanted.bearer and wanted.bearer not in Compensation.BEARERS:
        raise BadInput(
            _("A compensation is borne by the store, the supplier, the carrier or the platform.")
        )
    if wanted.loss is not None and not kinds.fixed_by_law(wanted.type):
        raise BadInput(_("The buyer's loss counts for food only. Leave it empty."))


def _amounts(wanted: Wanted, paid: Decimal, freight: Decimal) -> tuple[Decimal, Decimal]:
    """The amount for the goods and the amount for the freight."""
    if wanted.type == Type.FREIGHT:
        if freight and wanted.amount:
            raise BadInput(_("Say once how much freight is given: as freight or as the amount."))
        return ZERO, freight or wanted.amount or ZERO
    if wanted.amount is not None:
        return wanted.amount, freight
    return paid, freight


def _check_amount(total: Decimal, currency: str) -> None:
    if not ZERO < total <= money.LIMIT:
        raise BadInput(_("The amount of a case must be more than zero."))
    money.check_decimals(total, currency)


def _by_law(order: Order, wanted: Wanted, claims: Sequence[Claim], freight: Decimal) -> Proposal:
    if not claims:
        raise BadInput(_("Name the goods: statutory damages are computed from their price."))
    if wanted.amount or freight:
        raise BadInput(
            _("The law fixes the amount of these damages. Leave amount and freight empty.")
        )
    paid = sum((claim.amount for claim in claims), ZERO)
    result, basis = statutory.compute(
        wanted.type, price=paid, loss=wanted.loss, currency=order.currency
    )
    return Proposal(
        type=wanted.type,
        amount=result,
        claims=shared(result, claims, order.currency),
        freight=ZERO,
        bearer=kinds.bearer_of(wanted.type, wanted.bearer),
        loss=wanted.loss,
        basis=basis,
    )


def record(proposal: Proposal, case: RefundCase) -> Compensation:
    """Write the proposal beside its new case."""
    return Compensation.objects.create(
        store=case.store,
        case=case,
        type=proposal.type,
        amount=proposal.amount,
        currency=case.currency,
        bearer=proposal.bearer,
        loss=proposal.loss,
        basis=proposal.basis,
    )


def fix_worth(case: RefundCase) -> None:
    """Write what was approved as the worth of what will be given."""
    row = kinds.proposed(case)
    if row is not None and case.amount_approved and row.amount != case.amount_approved:
        row.amount = case.amount_approved
        row.save()


def undo(row: Compensation) -> None:
    """What was given came back: it is a proposal again."""
    row.reference, row.given_at = "", None
    row.save()


def complete(row: Compensation, *, reference: str, at: datetime | None) -> None:
    """Put on record that what was proposed has been given."""
    row.reference, row.given_at = reference, at
    row.save()
