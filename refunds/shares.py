"""What a buyer paid for some pieces of an order line."""

from decimal import Decimal

from backoffice import money
from orders.models import OrderLine


def share(line: OrderLine, quantity: int, currency: str) -> Decimal:
    """What the buyer paid for ``quantity`` pieces of ``line``: all of them give the whole amount."""
    return money.quantise(line.amount * min(quantity, line.quantity) / line.quantity, currency)
