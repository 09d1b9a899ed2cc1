"""Money: a ``Decimal`` and an ISO 4217 currency, quantised to the currency's exponent."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import cache

from babel.numbers import format_currency, get_currency_precision, list_currencies

from backoffice.exceptions import BadInput
from backoffice.sentences import sentence as _

ZERO = Decimal(0)
# One way to write money, in both languages: to a Chinese store the yen sign is its own, “¥1,234.50”,
# and any other currency says whose it is: “JP¥1,234”, “US$12.00”. English would write “CN¥1,234.50”.
NOTATION = "zh_Hans_CN"
LIMIT = Decimal("9999999999.99")  # what the widest money column holds


@cache
def exponent(currency: str) -> Decimal:
    """The smallest unit of ``currency``: ``0.01`` for CNY, ``1`` for JPY."""
    return Decimal(1).scaleb(-get_currency_precision(currency))


def quantise(amount: Decimal, currency: str) -> Decimal:
    """``amount`` rounded half up to the currency's smallest unit."""
    return amount.quantize(exponent(currency), rounding=ROUND_HALF_UP)


def parse(text: str, currency: str) -> Decimal:
    """``text`` as a non-negative amount of ``currency``; raises ``BadInput`` with a sentence."""
    try:
        amount = Decimal(text)
        exact = amount.is_finite() and amount == quantise(amount, currency)
    except InvalidOperation:
        exact = False
    if not exact or not ZERO <= amount <= LIMIT:
        raise BadInput(
            _("“%(text)s” is not an amount in %(currency)s.") % {"text": text, "currency": currency}
        )
    return amount


def known(currency: str) -> bool:
    """Whether ``currency`` is an ISO 4217 code."""
    return currency in list_currencies()


def show(amount: Decimal | None, currency: str) -> str:
    """``amount`` as people read it: “¥1,234.50”. An absent amount is a dash."""
    if amount is None:
        return "–"
    return format_currency(amount, currency, locale=NOTATION)


def share_out(total: Decimal, weights: Sequence[Decimal], currency: str) -> list[Decimal]:
    """Split ``total`` by ``weights`` so that the parts add up exactly (largest remainder).

    Equal remainders go to the earlier part. All weights zero means equal parts.
    """
    if not weights:
        return []
    unit = exponent(currency)
    whole = sum(weights) or Decimal(len(weights))
    exact = [total * (weight if sum(weights) else Decimal(1)) / whole for weight in weights]
    parts = [value // unit * unit for value in exact]
    missing = int((total - sum(parts)) / unit)
    order = sorted(range(len(parts)), key=lambda i: (parts[i] - exact[i], i))
    for i in order[:missing]:
        parts[i] += unit
    return parts
