"""What a buyer is given that is not money."""

from django import forms
from django.utils.translation import gettext_lazy as _

from refunds.forms.dialogs import NoteForm
from refunds.models import Compensation


class CompensationForm(NoteForm):
    """What was given?"""

    type = forms.ChoiceField(
        label=_("Type"), choices=[(t.value, t.label) for t in Compensation.WITHOUT_MONEY]
    )
    reference = forms.CharField(
        label=_("Reference"),
        max_length=80,
        help_text=_("Coupon code, credit entry or tracking number."),
    )
    field_order = ("version", "type", "reference", "note")
