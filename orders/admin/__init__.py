"""The orders' pages."""

from orders.admin import erasures, imports, orders, profiles, stock

__all__ = ["erasures", "imports", "orders", "profiles", "stock"]
