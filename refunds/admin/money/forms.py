"""What people fill in on the pages about money."""

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from backoffice.admin.second_factor import secret_label
from refunds.models import Payout, RefundBatch
from refunds.payouts.routes import Way


def note_field(*, required: bool = False) -> forms.CharField:
    """Why: goes into history beside the person's name."""
    return forms.CharField(
        label=_("Note"),
        required=required,
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Kept in history as the reason."),
    )


class NoteForm(forms.Form):
    """Anything to add?"""

    note = note_field()


class RequiredNoteForm(forms.Form):
    """Why?"""

    note = note_field(required=True)


class WayForm(forms.Form):
    """How a payout goes, and to which account."""

    method = forms.ChoiceField(
        label=pgettext_lazy("payout", "Method"), choices=Payout.Method.choices
    )
    destination = forms.CharField(
        label=_("Account"),
        required=False,
        max_length=60,
        help_text=_("Of a bank transfer: IBAN or account number."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    payee = forms.CharField(label=_("Account holder"), required=False, max_length=70)
    bank_code = forms.CharField(
        label=_("Bank code"), required=False, max_length=20, help_text=_("BIC or CNAPS code.")
    )

    def clean(self) -> dict[str, Any]:
        """The way as one value; whether money can go it is asked by the service."""
        given = self.cleaned_data
        names = ("method", "destination", "payee", "bank_code")
        given["way"] = (
            Way(*(given.get(name, "") for name in names)) if given.get("method") else None
        )
        return given


class RetryForm(WayForm):
    """As before, or another way – and why, for history?"""

    note = note_field()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = cast(forms.ChoiceField, self.fields["method"])
        field.required = False
        field.choices = [("", _("As before")), *Payout.Method.choices]


class RedirectForm(WayForm):
    """Which way instead, and why?"""

    note = note_field(required=True)


class ReleaseForm(forms.Form):
    """The batch's number, typed, what was looked at, and who is at the keyboard.

    A release is not made by a slip of the hand, nor by whoever finds a page left open.
    """

    seen = forms.CharField(max_length=64, widget=forms.HiddenInput)
    confirm = forms.CharField(
        label=_("Type the batch's number to confirm"),
        max_length=40,
        widget=forms.TextInput(attrs={"data-confirm-field": "", "autocomplete": "off"}),
    )
    secret = forms.CharField(
        max_length=128,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    note = note_field()

    def __init__(self, *args: Any, batch: RefundBatch, has_code: bool, **kwargs: Any) -> None:
        self.number = batch.number
        kwargs["initial"] = {"seen": batch.sha256}
        super().__init__(*args, **kwargs)
        self.fields["secret"].label = secret_label(has_code=has_code)

    def clean_confirm(self) -> str:
        """The typed number has to be the batch's."""
        if self.cleaned_data["confirm"].strip().upper() != self.number:
            raise forms.ValidationError(
                _("Type %(number)s to confirm."), params={"number": self.number}
            )
        return self.cleaned_data["confirm"]
