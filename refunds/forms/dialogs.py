"""What every dialog has."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from refunds.models import RefundCase


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
