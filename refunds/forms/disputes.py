"""What buyer, merchant and platform say in a dispute."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from refunds.disputes.verdicts import LIABLE, by_reason
from refunds.forms.dialogs import DialogForm
from refunds.forms.review import ApproveForm
from refunds.models import Bearer, Dispute, RefundCase

LONGEST = 500
_CHOICES = [(bearer.value, bearer.label) for bearer in LIABLE]


def _words(label: Any, help_text: Any) -> forms.CharField:
    area = forms.Textarea(attrs={"rows": 4})
    return forms.CharField(label=label, help_text=help_text, max_length=LONGEST, widget=area)


class WordsForm(DialogForm):
    """Words that stand in the dispute under ``words_as``, and in history as the reason."""

    words_as = ""

    def clean(self) -> dict[str, Any]:
        """The words under both names."""
        data = super().clean() or self.cleaned_data
        return {**data, self.words_as: data.get("note", "")}


class ClaimForm(WordsForm):
    """What does the buyer say?"""

    words_as = "claim"
    note = _words(_("The buyer's claim"), _("In the buyer's words: why the refusal is wrong."))


class UpholdForm(WordsForm, ApproveForm):
    """How much does the buyer get, who bears it, and why?"""

    words_as = "grounds"
    liable = forms.ChoiceField(
        label=_("Who bears it"), choices=[c for c in _CHOICES if c[0] != Bearer.BUYER]
    )
    note = _words(_("Grounds"), _("Both sides read them."))
    field_order = ("version", "amount", "pay_by", "liable", "note")  # type: ignore[assignment]  # the base has none

    def __init__(self, *args: Any, case: RefundCase, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {}).setdefault("liable", by_reason(case.reason))
        super().__init__(*args, case=case, **kwargs)


class DismissForm(WordsForm):
    """Who bears the loss, and why does the rejection stand?"""

    words_as = "grounds"
    liable = forms.ChoiceField(label=_("Who bears it"), choices=_CHOICES, initial=Bearer.BUYER)
    note = _words(_("Grounds"), _("Both sides read them."))
    field_order = ("version", "liable", "note")


class AppealForm(WordsForm):
    """What did the verdict get wrong?"""

    words_as = "words"
    note = _words(_("Why the verdict is wrong"), _("The platform decides on these words."))


class AppealVerdictForm(WordsForm):
    """Does the verdict stand, and why?"""

    words_as = "grounds"
    verdict = forms.ChoiceField(
        label=pgettext_lazy("appeal", "Decision"),
        choices=[
            (Dispute.Verdict.BUYER.value, _("The verdict stands")),
            (Dispute.Verdict.MERCHANT.value, _("The verdict is overturned")),
        ],
        widget=forms.RadioSelect,
    )
    note = _words(_("Grounds"), _("Both sides read them."))
    field_order = ("version", "verdict", "note")
