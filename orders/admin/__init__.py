"""The orders' pages."""

from orders.admin import imports, orders, profiles, stock

__all__ = ["imports", "orders", "profiles", "stock"]
