"""A buyer's record, and how much care it deserves.

It is a hint to people. Nothing is ever refused because of it; a high risk only keeps rules from
approving by themselves. A buyer is known to one store alone.
"""

from refunds.models import RefundCase
from refunds.risk.records import Record, freeze, record_of, thaw
from refunds.risk.signs import level, reasons, score

__all__ = ["Record", "freeze", "level", "note", "reasons", "record_of", "score", "thaw"]


def note(case: RefundCase) -> None:
    """Keep on a new case how much care it deserves, and the figures that say so."""
    record = record_of(case.order, at=case.requested_at)
    case.risk, case.risk_figures = level(record), freeze(record)
