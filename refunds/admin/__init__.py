"""Pages of this app in the admin."""

from refunds.admin import batches, cases, payouts, results, setup

__all__ = ["batches", "cases", "payouts", "results", "setup"]
