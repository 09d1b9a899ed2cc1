"""What is asked about a compensation when its case is opened."""

from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils.translation import gettext_lazy as _

from refunds.models import Bearer, Compensation, Kind


class CompensationFields(forms.Form):
    """What is to be given, how much, and who bears it: for the kind “compensation” only."""

    FOR_COMPENSATION = ("compensation_type", "amount", "loss", "bearer")

    compensation_type = forms.ChoiceField(
        label=_("What is given"),
        required=False,
        choices=[("", "–"), *Compensation.Type.choices],
        help_text=_("Whether it is paid in money follows from it."),
    )
    amount = forms.DecimalField(
        label=_("Amount"),
        required=False,
        min_value=0,
        max_digits=12,
        decimal_places=2,
        help_text=_(
            "In all. Leave it empty for statutory damages: they are computed from the price of the "
            "pieces below."
        ),
    )
    loss = forms.DecimalField(
        label=_("The buyer's loss"),
        required=False,
        min_value=0,
        max_digits=12,
        decimal_places=2,
        help_text=_("For damages because of food: three times the loss counts, if that is more."),
    )
    bearer = forms.ChoiceField(
        label=_("Borne by"),
        required=False,
        choices=[(bearer.value, bearer.label) for bearer in Compensation.BEARERS],
        initial=Bearer.STORE,
        help_text=_("An advance always comes from the platform."),
    )

    def clean(self) -> dict[str, Any]:
        """A compensation says what is given; nothing else does."""
        data = super().clean() or self.cleaned_data
        kind, given = data.get("kind"), data.get("compensation_type")
        if kind == Kind.COMPENSATION and not given:
            self.add_error("compensation_type", _("Choose what is given."))
        elif kind != Kind.COMPENSATION and given:
            self.add_error(
                "compensation_type", _("Only the kind “Compensation” gives this. Leave it empty.")
            )
        return data

    def compensation(self) -> dict[str, Any]:
        """These fields as the service's request takes them; none for other kinds."""
        data = self.cleaned_data
        if data["kind"] != Kind.COMPENSATION:
            return {}
        return {name: data[name] for name in self.FOR_COMPENSATION}

    def for_compensation(self) -> list[BoundField]:
        """The fields of this part, for the page."""
        return [self[name] for name in self.FOR_COMPENSATION]

    def for_all(self) -> list[BoundField]:
        """The fields of the other parts."""
        return [field for field in self if field.name not in self.FOR_COMPENSATION]
