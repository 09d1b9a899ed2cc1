"""Evidence."""

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from refunds.forms.dialogs import DialogForm
from refunds.forms.files import EvidenceField
from refunds.models import Party


class EvidenceForm(DialogForm):
    """Which files, and who shows them?"""

    file = EvidenceField()
    party = forms.ChoiceField(
        label=pgettext_lazy("who gave the evidence", "From"), choices=Party.choices
    )
    file_note = forms.CharField(
        label=_("Note"), required=False, max_length=300, help_text=_("Shown beside the files.")
    )
