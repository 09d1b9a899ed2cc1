"""Evidence."""

from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from refunds.evidence.keeping import parties
from refunds.forms.dialogs import DialogForm
from refunds.forms.files import EvidenceField
from refunds.models import Party, RefundCase


class EvidenceForm(DialogForm):
    """Which files, and who shows them?"""

    file = EvidenceField()
    party = forms.ChoiceField(
        label=pgettext_lazy("who gave the evidence", "From"), choices=Party.choices
    )
    file_note = forms.CharField(
        label=_("Note"), required=False, max_length=300, help_text=_("Shown beside the files.")
    )

    def __init__(self, *args: Any, case: RefundCase, **kwargs: Any) -> None:
        super().__init__(*args, case=case, **kwargs)
        if self.reader is not None:
            own = [(party.value, capfirst(party.label)) for party in parties(case, self.reader)]
            self.fields["party"].choices = own  # type: ignore[attr-defined]  # a ChoiceField
