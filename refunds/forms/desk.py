"""Sharing the work, and putting together what belongs together."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from backoffice.models import User
from refunds.desk import claiming, merging
from refunds.forms.dialogs import NoteForm, RequiredNoteForm
from refunds.models import RefundCase


class Colleagues(forms.ModelChoiceField):
    """A colleague, by name."""

    def label_from_instance(self, obj: User) -> str:
        """The person's name, and the user name where names are alike."""
        return f"{obj.get_full_name() or obj.username} (@{obj.username})"


class Cases(forms.ModelChoiceField):
    """A case of the same order, by what tells it from the others."""

    def label_from_instance(self, obj: RefundCase) -> str:
        """Number, kind and state."""
        return f"{obj.number} · {obj.get_kind_display()} · {obj.get_state_display()}"


class AssignForm(NoteForm):
    """To whom?"""

    colleague = Colleagues(label=_("Colleague"), queryset=User.objects.none())
    field_order = ("version", "colleague", "note")

    def __init__(self, *args: Any, case: RefundCase, **kwargs: Any) -> None:
        super().__init__(*args, case=case, **kwargs)
        people = claiming.colleagues(case.store)
        if case.assignee is not None:
            people = people.exclude(pk=case.assignee.pk)
        self.fields["colleague"].queryset = people  # type: ignore[attr-defined]  # a ModelChoiceField


class MergeForm(NoteForm):
    """Which case goes on?"""

    into = Cases(label=_("The case that goes on"), queryset=RefundCase.objects.none())
    field_order = ("version", "into", "note")

    def __init__(self, *args: Any, case: RefundCase, **kwargs: Any) -> None:
        super().__init__(*args, case=case, **kwargs)
        self.fields["into"].queryset = merging.candidates(case)  # type: ignore[attr-defined]  # a ModelChoiceField


class ReopenForm(RequiredNoteForm):
    """Why?"""
