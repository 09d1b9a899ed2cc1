"""Amounts as providers count them: whole numbers of the currency's smallest unit."""

from decimal import Decimal

from backoffice import money


def to_minor(amount: Decimal, currency: str) -> int:
    """``amount`` in cents – or in whole yen, where there are no cents."""
    return int(amount / money.exponent(currency))


def from_minor(count: int, currency: str) -> Decimal:
    """The amount that so many of the smallest unit are."""
    return count * money.exponent(currency)
