"""The bank's answers: a file is staged, judged, shown, and then applied as a whole or not at all.

One row that does not fit quarantines the whole file: a file that is wrong in one place may be the file
of another day, and money must not be closed on a guess.

Locks are taken in the order batches, orders, cases, payouts – the same everywhere, each by its id – so
that two files, or a file and a retry, cannot wait for each other.
"""

from refunds.results.applying import apply_result
from refunds.results.checking import check_result
from refunds.results.files import (
    PERMISSION,
    bring_result,
    cancel_result,
    confirm_result,
    dismiss_result,
)

__all__ = [
    "PERMISSION",
    "apply_result",
    "bring_result",
    "cancel_result",
    "check_result",
    "confirm_result",
    "dismiss_result",
]
