"""Accounts: who signs in, how their secrets are marked in history, and how that history reads."""
