"""What a result file could change, and its history."""

from typing import Any

from refunds.models import LedgerEntry, Payout, RefundBatch, RefundCase


def snapshot() -> list[Any]:
    """What a result file could change, and its history."""
    return [
        list(Payout.objects.order_by("pk").values_list("pk", "state", "bank_reason", "settled_at")),
        list(RefundCase.objects.order_by("pk").values_list("pk", "state", "version", "closed_at")),
        list(RefundBatch.objects.order_by("pk").values_list("pk", "state")),
        Payout.history.count(),
        RefundCase.history.count(),
        RefundBatch.history.count(),
        LedgerEntry.objects.count(),
    ]
