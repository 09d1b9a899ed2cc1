"""How a reviewed case ends: the money arrived, or something else was given."""

from typing import Any

from django.utils.translation import gettext as _

from backoffice import clock
from backoffice.actors import Actor
from backoffice.exceptions import BadInput
from refunds.clocks import running
from refunds.compensating import kinds, proposing
from refunds.disputes import standing
from refunds.models import Compensation, Kind, Payout, RefundCase


def settles_without_money(case: RefundCase) -> bool:
    """Whether the case ends with something that is not money, and no appeal is undecided.

    An exchange ends with its parcel.
    """
    return not case.in_money and case.kind != Kind.EXCHANGE and not standing.contested(case)


def payout_settled(case: RefundCase) -> bool:
    """Whether the bank has settled a payout of this case."""
    return case.payouts.filter(state=Payout.State.SETTLED).exists()


def money_came_back(case: RefundCase) -> bool:
    """Whether a payout of this case was returned, and none other has settled."""
    return not payout_settled(case) and case.payouts.filter(state=Payout.State.RETURNED).exists()


def refund(case: RefundCase, *, actor: Actor, **_details: Any) -> None:
    """The money arrived: the case is over, and a compensation paid in money is given."""
    row = kinds.proposed(case)
    if row is not None:
        payout = case.payouts.get(state=Payout.State.SETTLED)
        proposing.complete(row, reference=payout.number, at=payout.settled_at)
    case.refund()
    running.stop(case)
    case.closed_at = clock.now()


def bounce(case: RefundCase, *, actor: Actor, **_details: Any) -> None:
    """The money came back: the case is open again, and what counted as given is not."""
    row = kinds.proposed(case)
    if row is not None:
        proposing.undo(row)
    case.bounce()
    case.closed_at = None


def give(
    case: RefundCase,
    *,
    actor: Actor,
    reference: str,
    type: str = "",  # noqa: A002 – the form's field
    **_details: Any,
) -> None:
    """Put on record what was given, worth what was approved; the case is over.

    What was proposed is what is given. ``type`` is for cases from before proposals were kept.
    """
    row = kinds.proposed(case)
    kind = row.type if row else type or Compensation.Type.COUPON
    _check(case, kind, type, reference.strip())
    if row is None:
        row = Compensation(
            store=case.store,
            case=case,
            type=kind,
            amount=case.ready_amount,
            currency=case.currency,
        )
    proposing.complete(row, reference=reference.strip(), at=clock.now())
    case.compensate()
    running.stop(case)
    case.closed_at = clock.now()


def _check(case: RefundCase, kind: str, wanted: str, reference: str) -> None:
    if wanted and wanted != kind:
        raise BadInput(
            _(
                "This case proposes “%(type)s”, so nothing else can be given. Open another case for it."
            )
            % {"type": Compensation.Type(kind).label}
        )
    if not reference:
        raise BadInput(_("Write down the coupon code, credit entry or tracking number."))
    if Compensation.objects.filter(store=case.store_id, type=kind, reference=reference).exists():
        raise BadInput(
            _("“%(reference)s” was already given in another case. Check the number.")
            % {"reference": reference}
        )
