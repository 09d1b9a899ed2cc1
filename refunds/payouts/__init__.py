"""Payouts: the money of an approved case, the way that it goes, and what becomes of it there."""
