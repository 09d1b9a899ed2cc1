"""Merchants, stores, who works there, and the suppliers they assess."""
