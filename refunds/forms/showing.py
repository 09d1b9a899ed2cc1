"""Evidence."""

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from refunds.forms.dialogs import DialogForm
from refunds.models import Evidence


class EvidenceForm(DialogForm):
    """Which file, and whose is it?"""

    file = forms.FileField(label=_("File"), help_text=_("JPEG, PNG, WebP or PDF, 10 MB at most."))
    party = forms.ChoiceField(
        label=pgettext_lazy("who gave the evidence", "From"), choices=Evidence.Party.choices
    )
    file_note = forms.CharField(label=_("Note"), required=False, max_length=300)
