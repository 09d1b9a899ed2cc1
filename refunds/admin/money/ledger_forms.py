"""What is filled in to book a guarantee deposit."""

from django import forms
from django.utils.translation import gettext_lazy as _

from merchants.models import Merchant
from refunds.admin.money.forms import note_field
from refunds.models import LedgerEntry


class DepositForm(forms.Form):
    """Whose deposit moved, which way, and what the bank calls it?"""

    merchant = forms.ModelChoiceField(
        label=_("Merchant"), queryset=Merchant.objects.order_by("name")
    )
    kind = forms.ChoiceField(
        label=_("Movement"),
        choices=[(kind.value, kind.label) for kind in LedgerEntry.OF_DEPOSITS],
    )
    amount = forms.DecimalField(label=_("Amount"), max_digits=14, decimal_places=2)
    currency = forms.CharField(label=_("Currency"), max_length=3, initial="CNY")
    reference = forms.CharField(
        label=_("Bank's reference"),
        max_length=60,
        help_text=_("Each payment of the bank is booked once."),
    )
    note = note_field()

    def clean_currency(self) -> str:
        """Written in capitals."""
        return str(self.cleaned_data["currency"]).upper()
