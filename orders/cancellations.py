"""A channel's cancellations, handed to whoever makes refund cases of them."""

from collections.abc import Callable
from dataclasses import dataclass


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
