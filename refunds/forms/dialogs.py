"""What every dialog has."""

from typing import Any, ClassVar

from django import forms
from django.forms.boundfield import BoundField
from django.utils.translation import gettext_lazy as _

from backoffice.models import User
from refunds.forms.amounts import name_currency
from refunds.models import RefundCase


class DialogForm(forms.Form):
    """Base of all dialogs: knows the case, and which version of it the person looked at.

    ``reader`` is that person, for dialogs that offer what not everybody may see.
    Fields that belong in the rows of a table are named by ``in_rows`` and drawn by the form's
    ``rows_template``; all others stand below each other.
    """

    rows_template: ClassVar[str] = ""

    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(
        self, *args: Any, case: RefundCase, reader: User | None = None, **kwargs: Any
    ) -> None:
        self.case, self.reader = case, reader
        kwargs.setdefault("initial", {}).setdefault("version", case.version)
        super().__init__(*args, **kwargs)
        name_currency(self, case.currency)

    def in_rows(self) -> set[str]:
        """The names of the fields that stand in the rows of a table."""
        return set()

    def singles(self) -> list[BoundField]:
        """The fields that stand by themselves."""
        return [field for field in self if field.name not in self.in_rows()]


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
