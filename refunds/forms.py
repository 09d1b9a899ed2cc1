"""The dialogs of the action table: what a person fills in to act on a case."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from refunds.models import Compensation, Evidence, RefundCase, RejectCode


class DialogForm(forms.Form):
    """Base of all dialogs: knows the case, and which version of it the person looked at."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, case: RefundCase, **kwargs: Any) -> None:
        self.case = case
        kwargs.setdefault("initial", {}).setdefault("version", case.version)
        super().__init__(*args, **kwargs)


class NoteForm(DialogForm):
    """Anything to add?"""

    note = forms.CharField(
        label=_("Note"),
        required=False,
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Kept in history as the reason."),
    )


class RequiredNoteForm(NoteForm):
    """Why?"""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["note"].required = True


class ApproveForm(NoteForm):
    """How much? All that was requested, unless the person writes less."""

    amount = forms.DecimalField(
        label=_("Amount to approve"), min_value=0, max_digits=12, decimal_places=2
    )
    field_order = ("version", "amount", "note")

    def __init__(self, *args: Any, case: RefundCase, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {}).setdefault("amount", case.amount_requested)
        super().__init__(*args, case=case, **kwargs)


class VerdictForm(ApproveForm, RequiredNoteForm):
    """How much, and why? A verdict is always explained."""


class RejectForm(RequiredNoteForm):
    """By which code, and why?"""

    code = forms.ModelChoiceField(
        label=_("Reject code"), queryset=RejectCode.objects.filter(active=True)
    )
    field_order = ("version", "code", "note")


class ReturnForm(NoteForm):
    """Which parcel?"""

    carrier = forms.CharField(label=_("Carrier"), max_length=60)
    tracking = forms.CharField(label=_("Waybill"), max_length=80)
    field_order = ("version", "carrier", "tracking", "note")


class CompensationForm(NoteForm):
    """What was given?"""

    type = forms.ChoiceField(label=_("Type"), choices=Compensation.Type.choices)
    reference = forms.CharField(
        label=_("Reference"),
        max_length=80,
        help_text=_("Coupon code, credit entry or tracking number."),
    )
    field_order = ("version", "type", "reference", "note")


class EvidenceForm(DialogForm):
    """Which file, and whose is it?"""

    file = forms.FileField(label=_("File"), help_text=_("JPEG, PNG, WebP or PDF, 10 MB at most."))
    party = forms.ChoiceField(
        label=pgettext_lazy("who gave the evidence", "From"), choices=Evidence.Party.choices
    )
    file_note = forms.CharField(label=_("Note"), required=False, max_length=300)
