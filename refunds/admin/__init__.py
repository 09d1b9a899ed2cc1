"""Pages of this app in the admin."""

from refunds.admin import batches, canned, cases, payouts, results, setup

__all__ = ["batches", "canned", "cases", "payouts", "results", "setup"]
