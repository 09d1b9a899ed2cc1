"""Pages of this app in the admin."""

from refunds.admin import cases, setup

__all__ = ["cases", "setup"]
