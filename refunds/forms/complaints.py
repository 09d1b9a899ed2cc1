"""What is asked about a complaint."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy

from refunds.complaints import clocks, handling
from refunds.forms.dialogs import NoteForm, RequiredNoteForm
from refunds.models import Complaint, RefundCase


def _words(label: Any, help_text: Any) -> forms.CharField:
    area = forms.Textarea(attrs={"rows": 4})
    return forms.CharField(
        label=label, help_text=help_text, max_length=handling.LONGEST, widget=area
    )


class ComplaintForm(NoteForm):
    """What does the buyer complain about?"""

    words = _words(_("The complaint"), _("In the buyer's words: what went wrong."))
    field_order = ("version", "words", "note")


class ComplaintAnswerForm(NoteForm):
    """What does the store say?"""

    words = _words(pgettext_lazy("complaint", "Answer"), _("The buyer reads it in the thread."))
    field_order = ("version", "words", "note")


class ResolutionForm(NoteForm):
    """Was it justified, and what came of it?"""

    outcome = forms.ChoiceField(
        label=_("Outcome"), choices=Complaint.Outcome.choices, widget=forms.RadioSelect
    )
    words = _words(_("What came of it"), _("The buyer reads it in the thread."))
    field_order = ("version", "outcome", "words", "note")


class AwaitBuyerForm(RequiredNoteForm):
    """For how long, and what was the buyer asked?"""

    hours = forms.IntegerField(label=_("Hours"), required=False, min_value=1)
    field_order = ("version", "hours", "note")

    def __init__(self, *args: Any, case: RefundCase, **kwargs: Any) -> None:
        super().__init__(*args, case=case, **kwargs)
        complaint = handling.open_on(case)
        most = clocks.hours_left_to_wait(complaint) if complaint else 0
        self.fields["hours"].help_text = ngettext(
            "Empty: as long as the policy allows, which is %(n)d hour more.",
            "Empty: as long as the policy allows, which is %(n)d hours more.",
            most,
        ) % {"n": most}
