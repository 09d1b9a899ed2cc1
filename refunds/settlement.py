"""How a reviewed case ends: the money arrived, or something else was given."""

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from backoffice import clock
from backoffice.actors import Actor
from backoffice.exceptions import BadInput
from refunds.clocks import running
from refunds.models import Compensation, Kind, Payout, RefundCase


def settles_without_money(case: RefundCase) -> bool:
    """Whether the case ends with something that is not money; an exchange ends with its parcel."""
    return not case.in_money and case.kind != Kind.EXCHANGE


def payout_settled(case: RefundCase) -> bool:
    """Whether the bank has settled a payout of this case."""
    return case.payouts.filter(state=Payout.State.SETTLED).exists()


def refund(case: RefundCase, *, actor: Actor, **_details: Any) -> None:
    """The money arrived: the case is over."""
    case.refund()
    running.stop(case)
    case.closed_at = clock.now()


def give(case: RefundCase, *, actor: Actor, type: str, reference: str, **_details: Any) -> None:  # noqa: A002 – the form's field
    """Put on record what was given, worth what was approved; the case is over."""
    given = Compensation.objects.filter(store=case.store_id, type=type, reference=reference)
    if given.exists():
        raise BadInput(
            _("“%(reference)s” was already given in another case. Check the number.")
            % {"reference": reference}
        )
    Compensation.objects.create(
        store=case.store,
        case=case,
        type=type,
        reference=reference,
        amount=case.amount_approved or Decimal(0),
        currency=case.currency,
        given_at=clock.now(),
    )
    case.compensate()
    case.closed_at = clock.now()
