"""Figures: our way beside the stock way and the limit, in one run, on PostgreSQL."""
