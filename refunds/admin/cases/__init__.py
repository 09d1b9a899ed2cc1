"""Cases: the list with its queues, the page of one case, and what is done to one or to many."""

from refunds.admin.cases import cases

__all__ = ["cases"]
