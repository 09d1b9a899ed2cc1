"""Sending what takes the place of what came back."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from backoffice import clock
from backoffice.actors import Actor
from backoffice.exceptions import BadInput
from refunds.clocks import running
from refunds.disputes.standing import contested
from refunds.goods import pieces, promises
from refunds.models import Bearer, Compensation, Kind, Reason, RefundCase, Replacement, State

BORNE_BY = {Reason.Liable.SUPPLIER: Bearer.SUPPLIER, Reason.Liable.CARRIER: Bearer.CARRIER}


def waits_for_parcel(case: RefundCase) -> bool:
    """Whether a replacement is promised and not shipped yet."""
    return case.kind == Kind.EXCHANGE and promised(case) is not None


def waits_for_promise(case: RefundCase) -> bool:
    """Whether the exchange has no replacement: it was cancelled, or the platform decided."""
    return case.kind == Kind.EXCHANGE and promises.live(case) is None


def promised(case: RefundCase) -> Replacement | None:
    """The replacement that can still be shipped or cancelled."""
    found = promises.live(case)
    return found if found is not None and found.shipped_at is None else None


def ship(case: RefundCase, *, actor: Actor, carrier: str, tracking: str, **_details: Any) -> None:
    """Note the parcel with the replacement; that settles the case, and is on record.

    Raises ``BadInput`` while the platform's verdict on the case is appealed.
    """
    if contested(case):
        raise BadInput(_("The verdict on this case is appealed. Wait for the platform's decision."))
    replacement = promised(case)
    if replacement is None or not carrier.strip() or not tracking.strip():
        raise BadInput(_("Write down the carrier and the tracking number of the parcel."))
    replacement.carrier, replacement.tracking = carrier.strip(), tracking.strip()
    replacement.shipped_at = clock.now()
    replacement.save()
    Compensation.objects.create(
        store=case.store,
        case=case,
        type=Compensation.Type.REPLACEMENT,
        reference=replacement.number,
        amount=case.amount_approved or Decimal(0),
        currency=case.currency,
        bearer=_bearer(case),
        given_at=replacement.shipped_at,
    )
    case.compensate()
    running.stop(case)
    case.closed_at = replacement.shipped_at


def _bearer(case: RefundCase) -> str:
    """Who bears the goods: as the case says, else whom its reason holds liable, else the store."""
    if case.bearer in (Bearer.SUPPLIER, Bearer.CARRIER, Bearer.PLATFORM):
        return case.bearer
    if case.bearer == Bearer.REASON:
        return BORNE_BY.get(Reason.Liable(case.reason.liable), Bearer.STORE)
    return Bearer.STORE


def cancel(case: RefundCase, *, actor: Actor, **_details: Any) -> None:
    """Take the promise back: the pieces are in stock again, and the case waits for another way."""
    replacement = promised(case)
    if replacement is not None:
        promises.release(case, replacement)


def prepare(
    case: RefundCase, *, actor: Actor, skus: Mapping[int, str] | None = None, **_details: Any
) -> None:
    """Promise a replacement again, maybe another variant of the same price.

    It is for as many pieces as the one that was cancelled; without one, for those that came back
    sound, or – where nobody has looked yet – for all. Raises ``OutOfStock``.
    """
    promises.promise(case, quantities=_due(case), skus=skus)


def _due(case: RefundCase) -> dict[int, int]:
    """How many pieces of each case line the buyer is to get."""
    lines = pieces.of(case)
    last = case.replacements.order_by("-pk").first()
    if last is not None:
        held = {row.order_line_id: row.quantity for row in last.lines.all()}
        return {line.pk: held.get(line.order_line_id, 0) for line in lines}
    if case.state == State.REVIEWED and any(line.accepted for line in lines):
        return {line.pk: line.accepted or 0 for line in lines}
    return {line.pk: line.quantity for line in lines}
