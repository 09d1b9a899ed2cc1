"""What a buyer asks for, before anything of it is checked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from backoffice.money import ZERO
from refunds.evidence.checking import Upload


@dataclass(frozen=True)
class LineRequest:
    """So many pieces of an order line; ``amount`` ``None`` means their share of what was paid."""

    order_line_id: int
    quantity: int
    amount: Decimal | None = None


@dataclass(frozen=True)
class Request:
    """What a buyer asks for.

    ``amount``, ``compensation_type``, ``bearer`` and ``loss`` are for a compensation: its amount is
    shared over the lines that it names, and whether it is money follows from its type. Without a
    type it is a payment of goodwill, or – not ``in_money`` – a coupon.

    ``asked_at`` is when the channel took the request down: its clock has run since then. Ours starts
    when we learn of it. ``not_exempt_because`` says why goods that the law may exempt from the
    return without a reason are not.
    """

    kind: str
    reason_code: str
    lines: Sequence[LineRequest] = ()
    freight: Decimal = ZERO
    amount: Decimal | None = None
    in_money: bool = True
    reason_text: str = ""
    external_number: str = ""
    channel_due_at: datetime | None = None
    asked_at: datetime | None = None
    files: Sequence[Upload] = ()
    compensation_type: str = ""
    bearer: str = ""
    loss: Decimal | None = None
    not_exempt_because: str = ""
