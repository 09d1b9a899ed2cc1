"""The parcel on its way back: sent, and arrived – two facts, each noted once."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from backoffice import clock
from backoffice.actors import Actor
from backoffice.exceptions import BadInput
from refunds.clocks import running
from refunds.deciding import decisions
from refunds.models import RefundCase, State


def on_its_way(case: RefundCase) -> bool:
    """Whether the return parcel has not been noted as arrived."""
    return case.return_arrived_at is None


def ship_back_overdue(case: RefundCase) -> bool:
    """Whether the buyer's time to send the goods back has passed."""
    return case.state == State.AWAITING_RETURN and decisions.overdue(case)


def send_back(
    case: RefundCase,
    *,
    actor: Actor,
    carrier: str,
    tracking: str,
    sent_at: datetime | None = None,
    **_details: Any,
) -> None:
    """Note the waybill: the goods are on their way, and the limit counted from it runs."""
    case.receive()
    _note_waybill(case, carrier.strip(), tracking.strip(), _instant(sent_at, case))
    case.return_arrived_at = None
    running.start_inspection(case)


def receive(
    case: RefundCase,
    *,
    actor: Actor,
    carrier: str = "",
    tracking: str = "",
    arrived_at: datetime | None = None,
    **_details: Any,
) -> None:
    """Note that the parcel is here: the store's time to inspect runs from then.

    Its waybill is needed where nobody has noted it; ``arrived_at`` is for what is noted later.
    """
    at, carrier, tracking = _instant(arrived_at, case), carrier.strip(), tracking.strip()
    if case.state == State.AWAITING_RETURN:
        case.receive()
        _note_waybill(case, carrier, tracking, at)
    elif case.return_sent_at and at < case.return_sent_at:
        raise BadInput(_("The parcel cannot have arrived before it was sent. Check the time."))
    elif carrier or tracking:
        _note_waybill(
            case,
            carrier or case.return_carrier,
            tracking or case.return_tracking,
            case.return_sent_at or at,
        )
    case.return_arrived_at = at
    running.start_inspection(case)


def _note_waybill(case: RefundCase, carrier: str, tracking: str, at: datetime) -> None:
    case.return_carrier, case.return_tracking = carrier, tracking
    case.return_sent_at = at
    if not (case.return_carrier and case.return_tracking):
        raise BadInput(_("Write down the carrier and the waybill of the return parcel."))


def _instant(given: datetime | None, case: RefundCase) -> datetime:
    """When it happened: now, or the time given – neither in the future nor before the request."""
    now = clock.latest_now()
    if given is None:
        return now
    if not case.requested_at <= given <= now:
        raise BadInput(
            _("Write a time between the request and now: neither sooner nor later is possible.")
        )
    return given
