"""The form of the search in history: what it offers to a person, and the question it makes of it."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.http import HttpRequest, QueryDict
from django.utils.timezone import make_aware
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from backoffice.audit.search.acts import acts
from backoffice.audit.search.asking import Question
from backoffice.audit.search.cuts import Cut
from backoffice.audit.search.fields import indexed
from backoffice.audit.search.models import WATCH, ChangeEntry
from backoffice.audit.search.places import stores_of
from backoffice.audit.search.scope import readable
from backoffice.audit.timeline import SOURCES
from backoffice.roles import ROLES

LIMIT = 9999999999999999
Choices = list[tuple[Any, Any]]


def day_field(label: Any, *, required: bool = False) -> forms.DateField:
    """A day, by the browser's own calendar."""
    widget = forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(
        label=label, required=required, widget=widget, input_formats=["%Y-%m-%d"]
    )


class ChangeForm(forms.Form):
    """By whom, where, what, how, when and how much: every part may stay empty."""

    number = forms.CharField(
        label=gettext_lazy("Number"),
        required=False,
        max_length=80,
        help_text=gettext_lazy("Of a case, an order, a payout or a batch, in full."),
    )
    person = forms.CharField(
        label=gettext_lazy("By whom"),
        required=False,
        max_length=150,
        help_text=gettext_lazy("The user name, or part of the name."),
    )
    role = forms.ChoiceField(label=gettext_lazy("Role at the time"), required=False)
    store = forms.TypedChoiceField(
        label=gettext_lazy("Store"), required=False, coerce=int, empty_value=None
    )
    what = forms.ChoiceField(label=gettext_lazy("What changed"), required=False)
    act = forms.ChoiceField(label=gettext_lazy("Kind of change"), required=False)
    source = forms.ChoiceField(label=gettext_lazy("By which way"), required=False)
    since = day_field(pgettext_lazy("period", "From"))
    until = day_field(pgettext_lazy("period", "To"))
    least = forms.DecimalField(
        label=gettext_lazy("Amount from"),
        required=False,
        min_value=0,
        max_value=LIMIT,
        decimal_places=2,
    )
    most = forms.DecimalField(
        label=gettext_lazy("Amount to"),
        required=False,
        min_value=0,
        max_value=LIMIT,
        decimal_places=2,
    )
    own = forms.BooleanField(
        label=gettext_lazy("Also what the program does about itself"),
        required=False,
        help_text=gettext_lazy("Verifications of history by the timer, alarms, old export files."),
    )
    after = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)

    def __init__(self, data: QueryDict | None, *, request: HttpRequest) -> None:
        super().__init__(data)
        user = request.user
        offers: dict[str, Choices] = {
            "role": [(name, role.label) for name, role in ROLES.items()],
            "store": list(stores_of(user)),
            "what": list(_fields(request)),
            "act": [*ChangeEntry.Kind.choices, *acts()],
            "source": list(SOURCES.items()),
        }
        if not user.has_perm(WATCH):  # what somebody is in other stores is not told here
            del self.fields["role"], offers["role"]
        for name, choices in offers.items():
            field: Any = self.fields[name]
            field.choices = [("", _("any")), *choices]

    def clean_after(self) -> Cut | None:
        """Where the last page ended."""
        text = self.cleaned_data["after"]
        try:
            return Cut.read(text) if text else None
        except (ValueError, OverflowError):
            raise forms.ValidationError(
                _("This address of a page is damaged. Search again.")
            ) from None

    def clean(self) -> dict[str, Any]:
        """Bounds in the right order."""
        data: dict[str, Any] = super().clean() or {}
        since, until, least, most = (data.get(k) for k in ("since", "until", "least", "most"))
        if since and until and since > until:
            self.add_error("until", _("The period ends before it begins."))
        if least is not None and most is not None and least > most:
            self.add_error("most", _("The largest amount is smaller than the smallest."))
        return data

    def question(self) -> Question:
        """What was asked; call it once the form is valid."""
        data = self.cleaned_data
        model, _dot, field = data["what"].partition(":")
        kinds = ChangeEntry.Kind.values
        return Question(
            number=data["number"],
            person=data["person"].strip(),
            role=data.get("role", ""),
            store=data["store"],
            model=model,
            field=field,
            kind=data["act"] if data["act"] in kinds else "",
            action="" if data["act"] in kinds else data["act"],
            source=data["source"],
            since=data["since"] and start_of(data["since"]),
            until=data["until"] and start_of(data["until"] + timedelta(days=1)),
            least=data["least"],
            most=data["most"],
            housekeeping=data["own"] or bool(model),
        )


def _fields(request: HttpRequest) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Each model that the person may ask about, with its fields."""
    groups = []
    for model in readable(request.user):
        label, name = model._meta.label_lower, str(model._meta.verbose_name)
        fields = [(f"{label}:{field.name}", f"{name}: {field.verbose_name}") for field in indexed(model)]  # fmt: skip
        groups.append((name.capitalize(), [(label, _("%(what)s: anything") % {"what": name}), *fields]))  # fmt: skip
    yield from sorted(groups)


def start_of(day: date) -> datetime:
    """The first moment of a day, in the desk's time."""
    return make_aware(datetime.combine(day, time.min))
