"""Letting a clock stand still or run longer, and offering something meanwhile."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from refunds.clocks import pausing
from refunds.forms.dialogs import NoteForm, RequiredNoteForm
from refunds.models import PolicyPause, RefundCase


class PauseForm(RequiredNoteForm):
    """What for, for how long, and why? The policy says what is possible."""

    cause = forms.ChoiceField(label=_("Cause"))
    hours = forms.IntegerField(
        label=_("Hours"),
        required=False,
        min_value=1,
        help_text=_("Empty: as long as the policy allows. You can let the clock go on earlier."),
    )
    field_order = ("version", "cause", "hours", "note")

    def __init__(self, *args: Any, case: RefundCase, **kwargs: Any) -> None:
        super().__init__(*args, case=case, **kwargs)
        self.fields["cause"].choices = [  # type: ignore[attr-defined]  # a ChoiceField
            (allowed.cause, _limit(allowed)) for allowed in pausing.permitted(case)
        ]


class AppraisalForm(RequiredNoteForm):
    """For how long, and who appraises what?"""

    hours = forms.IntegerField(
        label=_("Hours"),
        required=False,
        min_value=1,
        help_text=_("Empty: as long as the policy allows. You can let the clock go on earlier."),
    )
    field_order = ("version", "hours", "note")


def _limit(allowed: PolicyPause) -> str:
    """The cause, and for how long at most."""
    most = ngettext("%(n)d hour at most", "%(n)d hours at most", allowed.hours)
    return f"{allowed.get_cause_display()} – {most % {'n': allowed.hours}}"


class ExtendForm(RequiredNoteForm):
    """How many hours more, and why?"""

    hours = forms.IntegerField(label=_("Hours to add"), min_value=1)
    field_order = ("version", "hours", "note")

    def __init__(self, *args: Any, case: RefundCase, **kwargs: Any) -> None:
        super().__init__(*args, case=case, **kwargs)
        most = pausing.hours_left_to_add(case)
        self.fields["hours"].help_text = ngettext(
            "%(n)d hour at most, of the store's working time.",
            "%(n)d hours at most, of the store's working time.",
            most,
        ) % {"n": most}


class OfferForm(NoteForm):
    """How much, and in what words?"""

    amount = forms.DecimalField(
        label=_("Amount to offer"), min_value=0, max_digits=12, decimal_places=2
    )
    words = forms.CharField(
        label=_("Words to the buyer"), max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )
    field_order = ("version", "amount", "words", "note")
