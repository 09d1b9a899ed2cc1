"""The orders' pages."""

from orders.admin import imports, orders, profiles

__all__ = ["imports", "orders", "profiles"]
