"""Money that leaves: payouts, batches, the bank's answers, gateways, limits, and the books about it."""

from refunds.admin.money import batches, cut_offs, gateways, ledger, limits, payouts, results

__all__ = ["batches", "cut_offs", "gateways", "ledger", "limits", "payouts", "results"]
