"""Policies: the list, what a policy's page shows, and the pages on which one follows another."""

from refunds.admin.policies import policies

__all__ = ["policies"]
