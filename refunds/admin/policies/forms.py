"""What a person fills in to change a policy: its terms, its start, and – for a new one – its scope."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django import forms
from django.forms.models import fields_for_model
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from merchants.models import Store
from refunds.models import Kind, PauseCause, Reason, RefundPolicy, RejectCode, Stage
from refunds.policies import PauseTerm, Scope, Terms
from refunds.policies.terms import FIELDS

# An offer stops the clock by itself, for the hours that the buyer has to answer it.
CAUSES = [cause for cause in PauseCause if cause != PauseCause.OFFER]
Group = tuple[str | Promise, list[str]]
GROUPS: list[Group] = [
    (
        gettext_lazy("Review"),
        ["review_hours", "channel_hours", "at_deadline", "auto_ceiling", "extend_hours"],
    ),
    (
        gettext_lazy("Return and inspection"),
        ["ship_back_hours", "inspect_hours", "inspect_from_waybill_hours"],
    ),
    (
        gettext_lazy("Offers, disputes and the window"),
        ["offer_hours", "escalate_hours", "appeal_hours", "after_sale_days"],
    ),
    (
        gettext_lazy("Complaints"),
        [
            "complaint_acknowledge_hours",
            "complaint_answer_hours",
            "complaint_resolve_hours",
            "complaint_wait_hours",
        ],
    ),
    (
        gettext_lazy("Rules"),
        ["second_approval_above", "evidence_minimum", "cost_bearer", "reject_codes"],
    ),
]


class ReasonedForm(forms.Form):
    """A form that asks why, and remembers which version the person looked at."""

    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)
    change_reason = forms.CharField(
        label=gettext_lazy("Reason for this change"),
        max_length=300,
        help_text=gettext_lazy("Kept in history beside your name."),
    )


def moment_field(label: Any) -> forms.DateTimeField:
    """An instant in the product's time zone; nothing means now."""
    return forms.DateTimeField(
        label=label,
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text=gettext_lazy("Empty: from now on. Nothing can start or end in the past."),
    )


class TermsForm(ReasonedForm):
    """What a version says, and from when on."""

    start = moment_field(gettext_lazy("Starts"))

    def __init__(self, *args: Any, terms: Terms, **kwargs: Any) -> None:
        kwargs["initial"] = {**_initial(terms), **kwargs.get("initial", {})}
        super().__init__(*args, **kwargs)
        self.fields |= fields_for_model(RefundPolicy, FIELDS)
        self.fields["reject_codes"] = _codes_field()
        for cause in CAUSES:
            self.fields[f"{cause}_hours"] = _number(1, 8760)
            self.fields[f"{cause}_times"] = _number(1, 9)

    def clean(self) -> None:
        """A pause has its hours, or it is not there; once is what nobody needs to write."""
        super().clean()
        for cause in CAUSES:
            hours, times = (self.cleaned_data.get(f"{cause}_{part}") for part in ("hours", "times"))
            if times and not hours:
                self.add_error(f"{cause}_hours", _("Write how many hours this pause may last."))

    def terms(self) -> Terms:
        """The cleaned fields as terms."""
        data = self.cleaned_data
        pauses = (
            PauseTerm(cause.value, data[f"{cause}_hours"], data[f"{cause}_times"] or 1)
            for cause in CAUSES
            if data[f"{cause}_hours"]
        )
        return Terms({name: data[name] for name in FIELDS}, frozenset(pauses))

    @property
    def begin(self) -> datetime | None:
        """The start that was written; ``None`` means now."""
        start: datetime | None = self.cleaned_data["start"]
        return start

    def groups(self) -> Iterator[tuple[str | Promise, list[Any]]]:
        """The terms' fields, under what they are about."""
        for legend, names in GROUPS:
            yield legend, [self[name] for name in names]

    def pauses(self) -> Iterator[tuple[str, Any, Any]]:
        """Each cause of a pause with its two fields."""
        for cause in CAUSES:
            yield str(cause.label), self[f"{cause}_hours"], self[f"{cause}_times"]


class ScopeForm(TermsForm):
    """A policy for a scope that has none yet."""

    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=Kind.choices)
    stage = forms.ChoiceField(
        label=gettext_lazy("Stage"),
        required=False,
        choices=[("", pgettext_lazy("stage", "Any")), *Stage.choices],
    )
    store = forms.ModelChoiceField(
        label=gettext_lazy("Store"),
        required=False,
        queryset=Store.objects.none(),
        empty_label=gettext_lazy("All stores"),
    )
    channel = forms.CharField(
        label=gettext_lazy("Sales channel"),
        required=False,
        max_length=40,
        help_text=gettext_lazy("Empty: any channel."),
    )
    reason = forms.ModelChoiceField(
        label=gettext_lazy("Reason"),
        required=False,
        queryset=Reason.objects.filter(active=True),
        empty_label=pgettext_lazy("reason", "Any"),
    )
    category = forms.CharField(
        label=gettext_lazy("Category"),
        required=False,
        max_length=100,
        help_text=gettext_lazy("As the order lines write it. Empty: any category."),
    )

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        stores: Any = self.fields["store"]
        stores.queryset = Store.objects.visible_to(user)

    def scope_fields(self) -> list[Any]:
        """What the policy is about."""
        return [self[n] for n in ("kind", "stage", "store", "channel", "reason", "category")]

    def scope(self) -> Scope:
        """The cleaned fields as a scope."""
        data = self.cleaned_data
        return Scope(
            kind=data["kind"],
            stage=data["stage"],
            store_id=data["store"] and data["store"].pk,
            channel=data["channel"],
            reason_id=data["reason"] and data["reason"].pk,
            category=data["category"],
        )


class EndForm(ReasonedForm):
    """When a narrow scope ends."""

    end = moment_field(gettext_lazy("Ends"))


def _initial(terms: Terms) -> dict[str, Any]:
    pauses = {f"{p.cause}_hours": p.hours for p in terms.pauses}
    return {**terms.values, **pauses, **{f"{p.cause}_times": p.times for p in terms.pauses}}


def _codes_field() -> forms.MultipleChoiceField:
    codes = RejectCode.objects.filter(active=True)
    return forms.MultipleChoiceField(
        label=gettext_lazy("Reject codes"),
        required=False,
        choices=[(code.code, str(code)) for code in codes],
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("None chosen: all."),
    )


def _number(least: int, most: int) -> forms.IntegerField:
    return forms.IntegerField(required=False, min_value=least, max_value=most)
