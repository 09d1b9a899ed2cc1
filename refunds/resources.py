"""Payouts as rows of a file, in and out, by django-import-export.

Column names are fixed English words: banks and programs read them, in every language.
"""

from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from import_export import resources
from import_export.fields import Field
from import_export.widgets import Widget
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from backoffice.bulk.cells import looks_like_formula, safe_cell
from refunds.models import Payout


class PlainWidget(Widget):
    """Text that no spreadsheet runs; amounts as numbers; moments in local time."""

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> Any:
        """``value`` as a cell: only text can be dangerous, so only text is touched."""
        if isinstance(value, datetime):
            return localtime(value).strftime("%Y-%m-%d %H:%M:%S")
        if isinstance(value, Decimal):
            return value
        return safe_cell("" if value is None else ILLEGAL_CHARACTERS_RE.sub("\ufffd", str(value)))


def column(attribute: str, name: str = "") -> Field:
    """A column that shows ``attribute``."""
    return Field(attribute=attribute, column_name=name or attribute, widget=PlainWidget())


class PayoutResource(resources.ModelResource):
    """A payout as the bank reads it."""

    number = column("number")
    case = column("case__number", "case")
    order = column("case__order__number", "order")
    method = column("method")
    destination = column("destination")
    amount = column("amount")
    currency = column("currency")

    class Meta:
        model = Payout
        fields = export_order = (
            "number",
            "case",
            "order",
            "method",
            "destination",
            "amount",
            "currency",
        )


class WordWidget(Widget):
    """A cell that must not be empty."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> str:
        """The text without its margins; raises ``ValueError`` with a sentence."""
        word = str(value).strip()
        if not word:
            raise ValueError(_("This is empty."))
        return word


class AmountWidget(WordWidget):
    """An amount, written with a point and without separators."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Any:
        """The amount as it stands; whether it is the right one is not asked here."""
        word = super().clean(value, row, **kwargs)
        try:
            amount = Decimal(word)
        except InvalidOperation:
            amount = Decimal("NaN")
        if not amount.is_finite() or amount <= 0:
            raise ValueError(
                _("“%(text)s” is not an amount. Write it like 1234.50.") % {"text": word[:40]}
            )
        return amount


class StatusWidget(WordWidget):
    """The bank's answer, in our words or in those of ISO 20022."""

    WORDS = {
        "settled": "settled",
        "acsc": "settled",
        "failed": "failed",
        "rjct": "failed",
        "pending": "pending",
        "pend": "pending",
    }

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Any:
        """One of ``settled``, ``failed`` and ``pending``."""
        word = super().clean(value, row, **kwargs)
        try:
            return self.WORDS[word.lower()]
        except KeyError:
            raise ValueError(
                _("“%(text)s” is not a status. Use settled, failed or pending (ACSC, RJCT, PEND).")
                % {"text": word[:40]}
            ) from None


class ReasonWidget(Widget):
    """The bank's reason: short text, and nothing that a spreadsheet would run."""

    LIMIT = 300

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> str:
        """The reason; a lone dash means that there is none."""
        text = str(value).strip()
        if text in ("-", "–", "—"):
            return ""
        if looks_like_formula(text):
            raise ValueError(_("This begins like a formula. Write it as plain words."))
        if len(text) > self.LIMIT:
            raise ValueError(
                _("This has more than %(limit)d characters. Shorten it.") % {"limit": self.LIMIT}
            )
        return text


class AnswerResource(resources.Resource):
    """One answer of the bank about one payout."""

    number = Field(attribute="number", column_name="number", widget=WordWidget())
    amount = Field(attribute="amount", column_name="amount", widget=AmountWidget())
    currency = Field(attribute="currency", column_name="currency", widget=WordWidget())
    status = Field(attribute="status", column_name="status", widget=StatusWidget())
    reason = Field(attribute="reason", column_name="reason", widget=ReasonWidget())

    class Meta:
        fields = import_order = ("number", "amount", "currency", "status", "reason")
