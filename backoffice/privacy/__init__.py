"""Buyers' personal data: kept as ciphertext under a key per person, shown by role, read on record, erased for good."""
