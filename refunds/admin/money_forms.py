"""What people fill in on the pages about money."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


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


class ReleaseForm(forms.Form):
    """The batch's number, typed: a release is not made by a slip of the hand."""

    confirm = forms.CharField(
        label=_("Type the batch's number to confirm"),
        max_length=40,
        widget=forms.TextInput(attrs={"data-confirm-field": "", "autocomplete": "off"}),
    )
    note = note_field()

    def __init__(self, *args: Any, number: str, **kwargs: Any) -> None:
        self.number = number
        super().__init__(*args, **kwargs)

    def clean_confirm(self) -> str:
        """The typed number has to be the batch's."""
        if self.cleaned_data["confirm"].strip().upper() != self.number:
            raise forms.ValidationError(
                _("Type %(number)s to confirm."), params={"number": self.number}
            )
        return self.cleaned_data["confirm"]
