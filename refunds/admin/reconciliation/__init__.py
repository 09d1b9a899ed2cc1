"""Reconciliation: the board of days, statements, and the differences that people deal with."""

from refunds.admin.reconciliation import days, differences, statements

__all__ = ["days", "differences", "statements"]
