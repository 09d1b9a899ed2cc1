"""Goods that come back, and goods that are sent instead."""

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from refunds.forms.dialogs import NoteForm, RequiredNoteForm
from refunds.goods import converting, freight
from refunds.models import Bearer, Kind, RefundCase, State, Stopped
from refunds.models.case_states import sends_goods_back

MOMENT = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")


class ReturnQuestions(NoteForm):
    """What a return is approved with: an address where the store has none, a variant to send."""

    def __init__(self, *args: Any, case: RefundCase, **kwargs: Any) -> None:
        super().__init__(*args, case=case, **kwargs)
        if case.state != State.REQUESTED or not sends_goods_back(case):
            return
        self.fields.pop("amount", None)  # fixed when the goods are here
        if not case.store.return_address.strip():
            self.fields["return_address"] = forms.CharField(
                label=_("Return address"),
                max_length=300,
                widget=forms.Textarea(attrs={"rows": 2}),
                help_text=_("The store has none yet. The buyer of this case is told this one."),
            )
        if case.kind == Kind.EXCHANGE:
            self.fields |= sku_fields(case)
        self.order_fields([name for name in self.fields if name != "note"])

    def clean(self) -> dict[str, Any]:
        """With the articles to send, by case line."""
        data = super().clean() or self.cleaned_data
        return data | {"skus": chosen(data, "sku")}


def sku_fields(case: RefundCase) -> dict[str, forms.Field]:
    """One field per line of the case: which article is sent for it."""
    return {
        f"sku_{line.pk}": forms.CharField(
            label=gettext("Send for %(quantity)d × %(sku)s")
            % {"quantity": line.quantity, "sku": line.order_line.sku},
            max_length=60,
            initial=line.order_line.sku,
            help_text=_("The SKU of the same article, or of a variant of the same price."),
        )
        for line in case.lines.all()
    }


def chosen(data: dict[str, Any], name: str) -> dict[int, Any]:
    """The values of the fields ``name_<case line>``, by case line."""
    start = f"{name}_"
    return {
        int(key.removeprefix(start)): value
        for key, value in data.items()
        if key.startswith(start) and value is not None
    }


class ReturnForm(NoteForm):
    """Which parcel?"""

    carrier = forms.CharField(label=_("Carrier"), max_length=60)
    tracking = forms.CharField(label=_("Waybill"), max_length=80)
    field_order: tuple[str, ...] = ("version", "carrier", "tracking", "note")


class ArrivalForm(ReturnForm):
    """Which parcel, unless its waybill is known – and since when is it here?"""

    arrived_at = forms.DateTimeField(
        label=_("Arrived at"),
        required=False,
        widget=MOMENT,
        help_text=_("Empty: now. The store's time to inspect counts from it."),
    )
    field_order = ("version", "carrier", "tracking", "arrived_at", "note")

    def __init__(self, *args: Any, case: RefundCase, **kwargs: Any) -> None:
        super().__init__(*args, case=case, **kwargs)
        if case.return_tracking and case.state == State.INSPECTING:
            del self.fields["carrier"], self.fields["tracking"]


class FreightForm(RequiredNoteForm):
    """Who pays, and why not whom the reason names?"""

    payer = forms.ChoiceField(
        label=_("Who pays the return freight"),
        choices=[(bearer.value, bearer.label) for bearer in freight.PAYERS],
    )
    field_order = ("version", "payer", "note")

    def __init__(self, *args: Any, case: RefundCase, **kwargs: Any) -> None:
        super().__init__(*args, case=case, **kwargs)
        self.fields["payer"].initial = case.freight_payer or Bearer.BUYER


class ConvertForm(RequiredNoteForm):
    """Into which kind, and does the buyer agree?"""

    kind = forms.ChoiceField(label=_("Into"))
    agreed = forms.BooleanField(
        label=_("The buyer agrees"), help_text=_("Write below when and how they said so.")
    )
    field_order = ("version", "kind", "agreed", "note")

    def __init__(self, *args: Any, case: RefundCase, **kwargs: Any) -> None:
        super().__init__(*args, case=case, **kwargs)
        ways = converting.ways_of(case)
        self.fields["kind"].choices = [  # type: ignore[attr-defined]  # a ChoiceField
            (kind, label) for kind, label in Kind.choices if kind in ways
        ]


class StoppedForm(NoteForm):
    """Were the goods stopped?"""

    stopped = forms.ChoiceField(
        label=_("What became of it"), choices=Stopped.choices, widget=forms.RadioSelect
    )
    field_order = ("version", "stopped", "note")

    def __init__(self, *args: Any, case: RefundCase, **kwargs: Any) -> None:
        super().__init__(*args, case=case, **kwargs)
        self.fields["stopped"].initial = case.stopped


class ShipForm(NoteForm):
    """By which parcel?"""

    carrier = forms.CharField(label=_("Carrier"), max_length=60)
    tracking = forms.CharField(label=_("Tracking number"), max_length=80)
    field_order = ("version", "carrier", "tracking", "note")


class PrepareForm(NoteForm):
    """Which articles?"""

    field_order = ("version", "skus", "note")

    def __init__(self, *args: Any, case: RefundCase, **kwargs: Any) -> None:
        super().__init__(*args, case=case, **kwargs)
        self.fields |= sku_fields(case)
        self.order_fields([name for name in self.fields if name != "note"])

    def clean(self) -> dict[str, Any]:
        """With the articles to send, by case line."""
        data = super().clean() or self.cleaned_data
        return data | {"skus": chosen(data, "sku")}
