"""What staff write about a case as a reason says nothing of who the buyer is: see ``orders.nameless``."""

from collections.abc import Iterable

from orders.nameless import require_nameless
from refunds.models import Payout, RefundCase


def check(note: str, case: RefundCase, more: Iterable[str] = ()) -> None:
    """Raise ``BadInput`` where ``note`` names the case's buyer, an account of theirs, or its holder.

    ``more`` are accounts that no payout of the case has yet.
    """
    if not note.strip():
        return
    banks = case.payouts.filter(method=Payout.Method.BANK).values_list("destination", "payee")
    kept = [value for pair in banks for value in pair]
    require_nameless(note, case.order.buyer, [*kept, *more])
