"""Stands in the way of simple-history's command of the same name: history is never cleaned."""

from backoffice.management.commands.clean_old_history import Command

__all__ = ["Command"]
