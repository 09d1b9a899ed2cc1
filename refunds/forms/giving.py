"""What a buyer is given that is not money."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from refunds.compensating.kinds import proposed
from refunds.forms.dialogs import NoteForm
from refunds.models import Compensation, RefundCase


class CompensationForm(NoteForm):
    """What was given? Its type is asked only where the case proposes none."""

    type = forms.ChoiceField(
        label=_("Type"), choices=[(t.value, t.label) for t in Compensation.WITHOUT_MONEY]
    )
    reference = forms.CharField(
        label=_("Reference"),
        max_length=80,
        help_text=_("Coupon code, credit entry or tracking number."),
    )
    field_order = ("version", "type", "reference", "note")

    def __init__(self, *args: Any, case: RefundCase, **kwargs: Any) -> None:
        super().__init__(*args, case=case, **kwargs)
        if proposed(case) is not None:
            del self.fields["type"]
