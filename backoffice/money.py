"""Money: a ``Decimal`` and an ISO 4217 currency, quantised to the currency's exponent.

How many decimals a currency has is what ISO 4217 says: banks' files are held to it. Unicode's tables, which
Babel formats by, say otherwise for a dozen currencies whose small coins went out of use. How a payment
provider counts is the provider's own matter, and stands in its adapter.
"""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from functools import cache

from babel.numbers import NumberPattern, format_currency, parse_pattern
from iso4217 import Currency

from backoffice.exceptions import BadInput
from backoffice.sentences import sentence as _

ZERO = Decimal(0)
# One way to write money, in both languages: to a Chinese store the yen sign is its own, “¥1,234.50”,
# and any other currency says whose it is: “JP¥1,234”, “US$12.00”. English would write “CN¥1,234.50”.
NOTATION = "zh_Hans_CN"
LIMIT = Decimal("9999999999.99")  # what the widest money column holds
KEPT = 2  # decimals of every money column
# What is no money that anybody pays with – gold, test codes – has none, and is left out.
DECIMALS = {one.code: one.exponent for one in Currency if one.exponent is not None}


@cache
def exponent(currency: str) -> Decimal:
    """The smallest unit of ``currency``: ``0.01`` for CNY, ``1`` for JPY."""
    return Decimal(1).scaleb(-DECIMALS.get(currency, KEPT))


def quantise(amount: Decimal, currency: str) -> Decimal:
    """``amount`` rounded half up to the currency's smallest unit."""
    return amount.quantize(exponent(currency), rounding=ROUND_HALF_UP)


def objection_to(currency: str) -> str:
    """Why no money in ``currency`` can be kept here, as a sentence; empty where it can.

    Three decimals do not fit into a money column, and no sum is rounded on its way in.
    """
    decimals = DECIMALS.get(currency)
    if decimals is None:
        return _("“%(code)s” is not a currency. Use its three letters, for example CNY.") % {
            "code": currency[:10]
        }
    if decimals > KEPT:
        return _(
            "Amounts in %(currency)s have %(decimals)d decimals, and here is room for %(kept)d. "
            "Handle this money where it was paid."
        ) % {"currency": currency, "decimals": decimals, "kept": KEPT}
    return ""


def known(currency: str) -> bool:
    """Whether money in ``currency`` can be kept here."""
    return not objection_to(currency)


def too_fine(amount: Decimal, currency: str) -> str:
    """A sentence about an amount that is finer than its currency – half a yen –; empty where it is not."""
    if not amount % exponent(currency):
        return ""
    return _("“%(text)s” has more decimals than %(currency)s has.") % {
        "text": f"{amount:f}"[:40],
        "currency": currency,
    }


def check_decimals(amount: Decimal, currency: str) -> None:
    """Raise ``BadInput`` for an amount that is finer than its currency."""
    if why := too_fine(amount, currency):
        raise BadInput(why)


def show(amount: Decimal | None, currency: str) -> str:
    """``amount`` as people read it: “¥1,234.50”. An absent amount is a dash."""
    if amount is None:
        return "–"
    pattern = _pattern(exponent(currency))
    return format_currency(amount, currency, pattern, locale=NOTATION, currency_digits=False)


@cache
def _pattern(unit: Decimal) -> NumberPattern:
    return parse_pattern(f"¤#,##{0:.{-unit.adjusted()}f}")


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
