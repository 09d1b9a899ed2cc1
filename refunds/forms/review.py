"""Deciding."""

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from refunds.evidence import required
from refunds.exceptions import CodeNotAllowed
from refunds.forms.codes import offered_codes
from refunds.forms.dialogs import RequiredNoteForm
from refunds.forms.goods import ReturnQuestions
from refunds.models import PayBy, RefundCase, RejectCode


class ApproveForm(ReturnQuestions):
    """How much? All that was requested, unless the person writes less."""

    amount = forms.DecimalField(
        label=_("Amount to approve"), min_value=0, max_digits=12, decimal_places=2
    )
    pay_by = forms.ChoiceField(
        label=_("How the buyer gets it"),
        choices=PayBy.choices,
        required=False,
        help_text=_("The account of a bank transfer is written by finance."),
    )
    field_order = ("version", "amount", "pay_by", "note")

    def __init__(self, *args: Any, case: RefundCase, **kwargs: Any) -> None:
        initial = kwargs.setdefault("initial", {})
        initial.setdefault("amount", case.amount_requested)
        initial.setdefault("pay_by", case.pay_by)
        super().__init__(*args, case=case, **kwargs)
        if not case.in_money:
            del self.fields["pay_by"]
        if required.lacking(case) and case.first_approver_id is None:
            self.fields["note"].required = True
            self.fields["note"].help_text = required.SAY_WHY


class RejectForm(RequiredNoteForm):
    """By which code – one that the case's policy lists – and why?"""

    code = forms.ModelChoiceField(
        label=_("Reject code"),
        queryset=RejectCode.objects.filter(active=True),
        error_messages={"invalid_choice": CodeNotAllowed.message},
    )
    field_order = ("version", "code", "note")

    def __init__(self, *args: Any, case: RefundCase, **kwargs: Any) -> None:
        super().__init__(*args, case=case, **kwargs)
        cast(forms.ModelChoiceField, self.fields["code"]).queryset = offered_codes(self)
