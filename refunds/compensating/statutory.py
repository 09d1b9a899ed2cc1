"""Damages whose amount the law fixes: computed from the price, never typed.

The figures are law, not policy, so they stand here and not in a table that people edit; each award
keeps those that it was computed with.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from backoffice import money
from backoffice.exceptions import BadInput
from backoffice.money import ZERO
from refunds.models import Compensation

Type = Compensation.Type
CURRENCY = "CNY"  # of the minimums: Chinese law names them, and no other currency has any


@dataclass(frozen=True)
class Law:
    """So many times the price, so many times the loss (0: the loss does not count), at least so much."""

    factor: int
    loss_factor: int
    minimum: Decimal


LAWS = {
    Type.FRAUD: Law(3, 0, Decimal("500.00")),  # consumer protection law, article 55
    Type.FOOD: Law(10, 3, Decimal("1000.00")),  # food safety law, article 148
}


def compute(
    kind: str, *, price: Decimal, loss: Decimal | None, currency: str
) -> tuple[Decimal, dict[str, Any]]:
    """What the buyer is owed, in ``currency``, and the figures that it comes from.

    ``price`` is what was paid for the goods. Of price and loss the higher sum counts: buyers may
    choose, and nobody chooses less. Raises ``BadInput`` outside CNY, or for a loss without effect.
    """
    law = LAWS[Type(kind)]
    _check(law, loss, currency)
    by_price, by_loss = price * law.factor, (loss or ZERO) * law.loss_factor
    result = money.quantise(max(by_price, by_loss, law.minimum), currency)
    if result > money.LIMIT:
        raise BadInput(_("This is more than the desk can pay in one case. Tell the platform."))
    return result, {
        "price": str(price),
        "factor": law.factor,
        "loss": None if loss is None else str(loss),
        "loss_factor": law.loss_factor,
        "minimum": str(law.minimum),
        "result": str(result),
    }


def _check(law: Law, loss: Decimal | None, currency: str) -> None:
    if currency != CURRENCY:
        raise BadInput(
            _(
                "Statutory damages have their minimum in CNY, and this order was paid in %(currency)s. "
                "Choose liquidated damages, and let legal counsel name the amount."
            )
            % {"currency": currency}
        )
    if loss is None:
        return
    if not law.loss_factor:
        raise BadInput(_("The buyer's loss counts for food only. Leave it empty."))
    if not ZERO <= loss <= money.LIMIT:
        raise BadInput(_("The buyer's loss is not a possible amount."))
    money.check_decimals(loss, currency)


def words(basis: dict[str, Any], currency: str) -> str:
    """How it was computed, as a person says it; empty where nothing was computed."""
    if "factor" not in basis:
        return ""

    def shown(amount: Any) -> str:
        return money.show(Decimal(amount), currency)

    said = _("%(factor)d × the price of %(price)s is %(sum)s.") % {
        "factor": basis["factor"],
        "price": shown(basis["price"]),
        "sum": shown(Decimal(basis["price"]) * basis["factor"]),
    }
    if basis["loss"] is not None:
        said += " " + _("%(factor)d × the loss of %(loss)s is %(sum)s.") % {
            "factor": basis["loss_factor"],
            "loss": shown(basis["loss"]),
            "sum": shown(Decimal(basis["loss"]) * basis["loss_factor"]),
        }
    return f"{said} " + _("The law gives at least %(minimum)s, so it is %(result)s.") % {
        "minimum": shown(basis["minimum"]),
        "result": shown(basis["result"]),
    }
