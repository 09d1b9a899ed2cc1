"""Permanent numbers that people can read out: a prefix and ten letters without look-alikes."""

import secrets

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: no I, L, O, U


def _number(prefix: str) -> str:
    letters = "".join(secrets.choice(ALPHABET) for _ in range(10))
    return f"{prefix}-{letters[:5]}-{letters[5:]}"


def case_number() -> str:
    """A new refund case's number, like “RC-7K3M9-Q2X4B”."""
    return _number("RC")


def payout_number() -> str:
    """A new payout's number, like “PO-7K3M9-Q2X4B”: what the bank sees."""
    return _number("PO")


def batch_number() -> str:
    """A new batch's number, like “RB-7K3M9-Q2X4B”."""
    return _number("RB")


def replacement_number() -> str:
    """A new replacement's number, like “RP-7K3M9-Q2X4B”."""
    return _number("RP")
