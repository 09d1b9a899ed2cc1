"""A channel's cancellations, handed to whoever makes refund cases of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from backoffice.actors import Actor
from backoffice.exceptions import BackofficeError
from backoffice.sentences import sentence as _
from orders.models import Order


@dataclass(frozen=True)
class CancelledLine:
    """So many pieces of an order line that the channel cancelled."""

    order_line_id: int
    quantity: int


CancellationHandler = Callable[..., bool]
_handlers: list[CancellationHandler] = []


def register_cancellation_handler(handler: CancellationHandler) -> None:
    """Let ``handler`` make a case of each cancellation.

    It is called with ``order``, ``lines``, ``external_number``, ``cancelled_at`` and ``actor``;
    ``True`` means that a case was made, ``False`` that it existed already. What it refuses, it
    raises as a ``BackofficeError``.
    """
    _handlers.append(handler)


def hand_over(
    *,
    order: Order,
    lines: Sequence[CancelledLine],
    external_number: str,
    cancelled_at: datetime,
    actor: Actor,
) -> bool:
    """Give a cancellation to every handler; whether any of them made a case of it.

    Raises ``BackofficeError`` when a handler refuses, or when there is none.
    """
    if not _handlers:
        raise BackofficeError(_("This installation does not take cancellations from files."))
    made = [
        handler(
            order=order,
            lines=lines,
            external_number=external_number,
            cancelled_at=cancelled_at,
            actor=actor,
        )
        for handler in _handlers
    ]
    return any(made)
