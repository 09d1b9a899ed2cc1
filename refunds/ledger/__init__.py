"""Double entry behind every movement of money: what was sent, what arrived, what came back."""

from refunds.ledger.posting import failed, returned, sent, settled

__all__ = ["failed", "returned", "sent", "settled"]
