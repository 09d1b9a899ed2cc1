"""The forms with which a supplier's assessment is started and filled in."""

from collections.abc import Mapping
from typing import Any, cast

from django import forms
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.exceptions import BadInput
from backoffice.models import User
from merchants.assessments import FILL, NOTE_LIMIT, TEXT_LIMIT, Given
from merchants.models import FormTemplate, Question, Supplier
from merchants.periods import check_period, current_period
from merchants.questions import options


class SupplierField(forms.ModelChoiceField):
    """A supplier, told apart by its merchant."""

    def label_from_instance(self, supplier: Supplier) -> str:
        """The supplier's name and its merchant's."""
        return f"{supplier.name} · {supplier.merchant.name}"


def offer(field: forms.Field, rows: QuerySet) -> None:
    """Let ``field`` choose among ``rows``."""
    cast(forms.ModelChoiceField, field).queryset = rows


class StartForm(forms.Form):
    """Whom to assess, with which form, for which quarter."""

    supplier = SupplierField(Supplier.objects.none(), label=gettext_lazy("Supplier"))
    template = forms.ModelChoiceField(FormTemplate.objects.none(), label=gettext_lazy("Form"))
    period = forms.CharField(
        label=gettext_lazy("Quarter"),
        max_length=40,
        help_text=gettext_lazy("Year and quarter, for example 2026-Q4."),
    )

    def __init__(self, *args: Any, user: User | AnonymousUser, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = Supplier.objects.within(user, FILL).filter(active=True)
        published = FormTemplate.objects.visible_to(user).filter(state=FormTemplate.State.PUBLISHED)
        offer(self.fields["supplier"], own.select_related("merchant"))
        offer(self.fields["template"], published)
        self.fields["period"].initial = current_period()
        if published.count() == 1:
            self.fields["template"].initial = published.get()

    def clean_period(self) -> str:
        """A quarter that has begun."""
        try:
            return check_period(self.cleaned_data["period"])
        except BadInput as refusal:
            raise ValidationError(str(refusal)) from refusal


class AnswersForm(forms.Form):
    """One field per question, with room for a remark; nothing has to be answered to save."""

    def __init__(
        self, *args: Any, questions: list[Question], answers: Mapping[int, Given], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.questions = questions
        for question in questions:
            given = answers.get(question.pk, Given())
            self.fields[_answer(question)] = _field(question, given)
            self.fields[_note(question)] = forms.CharField(
                label=_("Remark"), max_length=NOTE_LIMIT, required=False, initial=given.note
            )

    def rows(self) -> list[dict[str, Any]]:
        """The questions with their fields, as the page draws them."""
        return [
            {"question": q, "answer": self[_answer(q)], "note": self[_note(q)], "number": number}
            for number, q in enumerate(self.questions, 1)
        ]

    def given(self) -> dict[int, Given]:
        """The cleaned answers by question id."""
        data = self.cleaned_data
        return {q.pk: Given(data[_answer(q)], data[_note(q)]) for q in self.questions}

    def refuse(self, questions: list[Question]) -> None:
        """Say next to each of ``questions`` that it has to be answered."""
        for question in questions:
            self.add_error(_answer(question), _("Answer this question before you submit."))


def _answer(question: Question) -> str:
    return f"answer-{question.pk}"


def _note(question: Question) -> str:
    return f"note-{question.pk}"


def _field(question: Question, given: Given) -> forms.Field:
    if question.kind == Question.Kind.TEXT:
        return forms.CharField(
            label=question.label,
            max_length=TEXT_LIMIT,
            required=False,
            initial=given.value,
            widget=forms.Textarea(attrs={"rows": 4}),
        )
    return forms.ChoiceField(
        label=question.label,
        choices=[(option.value, option.label) for option in options(question)],
        required=False,
        initial=given.value,
        widget=forms.RadioSelect,
    )
