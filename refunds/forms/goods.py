"""Goods that come back."""

from django import forms
from django.utils.translation import gettext_lazy as _

from refunds.forms.dialogs import NoteForm


class ReturnForm(NoteForm):
    """Which parcel?"""

    carrier = forms.CharField(label=_("Carrier"), max_length=60)
    tracking = forms.CharField(label=_("Waybill"), max_length=80)
    field_order = ("version", "carrier", "tracking", "note")
