"""Payouts as rows of a file, by django-import-export.

Column names are fixed English words: banks and programs read them, in every language.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.timezone import localtime
from import_export import resources
from import_export.fields import Field
from import_export.widgets import Widget
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from backoffice import money
from backoffice.bulk.cells import safe_cell
from backoffice.privacy.keys import clear
from backoffice.privacy.sealed import Sealed
from refunds.models import Payout


class PlainWidget(Widget):
    """Text that no spreadsheet runs, for the bank in clear; amounts as numbers; moments in local time."""

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> Any:
        """``value`` as a cell: only text can be dangerous, so only text is touched."""
        if isinstance(value, datetime):
            return localtime(value).strftime("%Y-%m-%d %H:%M:%S")
        if isinstance(value, Decimal):
            return value
        text = "" if value is None else str(clear(value) if isinstance(value, Sealed) else value)
        return safe_cell(ILLEGAL_CHARACTERS_RE.sub("\ufffd", text))


def column(attribute: str, name: str = "") -> Field:
    """A column that shows ``attribute``."""
    return Field(attribute=attribute, column_name=name or attribute, widget=PlainWidget())


class PayoutResource(resources.ModelResource):
    """A payout as the bank reads it."""

    number = column("number")
    case = column("case__number", "case")
    order = column("case__order__number", "order")
    method = column("method")
    channel = column("channel")
    destination = column("destination")
    payee = column("payee")
    bank_code = column("bank_code")
    amount = column("amount")
    currency = column("currency")

    class Meta:
        model = Payout
        fields = export_order = (
            "number",
            "case",
            "order",
            "method",
            "channel",
            "destination",
            "payee",
            "bank_code",
            "amount",
            "currency",
        )

    def dehydrate_amount(self, payout: Payout) -> Decimal:
        """The amount with the decimals that its currency has: a bank takes no 1200.00 yen."""
        return money.quantise(payout.amount, payout.currency)
