"""Looking at what came back: a row per line of the case."""

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backoffice import money
from backoffice.exceptions import BadInput
from backoffice.money import ZERO
from refunds.forms.codes import offered_codes
from refunds.forms.dialogs import NoteForm
from refunds.forms.goods import chosen
from refunds.goods import pieces
from refunds.goods.pieces import Found
from refunds.models import Kind, RefundCase, RejectCode

COUNTS = ("sound", "damaged", "missing")


class PiecesForm(NoteForm):
    """How many pieces are sound, damaged, missing?"""

    rows_template = "refunds/case/pieces_form.html"
    field_order: tuple[str, ...] = ("version", "pieces", "note")

    def __init__(self, *args: Any, case: RefundCase, **kwargs: Any) -> None:
        self.columns = self.columns_of(case)
        super().__init__(*args, case=case, **kwargs)
        self.lines = list(case.lines.all())
        for line in self.lines:
            for name in self.columns:
                self.fields[f"{name}_{line.pk}"] = self.count_field(name, line)

    def columns_of(self, case: RefundCase) -> tuple[str, ...]:
        """What is asked about each line."""
        return COUNTS

    def count_field(self, name: str, line: Any) -> forms.Field:
        """A number of pieces of one line."""
        return forms.IntegerField(
            label=f"{line.order_line.sku}: {LABELS[name]}",
            min_value=0,
            max_value=line.quantity,
            initial=self._written(name, line),
            required=name != "send",
        )

    def _written(self, name: str, line: Any) -> int | None:
        """What somebody has written down already, else: everything is sound."""
        if line.accepted is None:
            return {"sound": line.quantity, "damaged": 0, "missing": 0}.get(name)
        return {"sound": line.accepted, "damaged": line.damaged, "missing": line.missing}.get(name)

    def heads(self) -> list[Any]:
        """The headings of the rows' columns."""
        return [LABELS[name] for name in self.columns]

    def rows(self) -> list[dict[str, Any]]:
        """Each line of the case with its fields, for the page."""
        return [
            {
                "line": line,
                "article": line.order_line,
                "fields": [self[f"{name}_{line.pk}"] for name in self.columns],
            }
            for line in self.lines
        ]

    def in_rows(self) -> set[str]:
        """The names of the fields that stand in the rows."""
        return {f"{name}_{line.pk}" for line in self.lines for name in self.columns}

    def clean(self) -> dict[str, Any]:
        """With what was found, which has to add up; a line of another case is refused."""
        data = super().clean() or self.cleaned_data
        named = {key for key in self.data if key.rpartition("_")[0] in COUNTS}
        if named - self.in_rows():
            raise forms.ValidationError(_("One of the lines does not belong to this case."))
        if self.in_rows() & self.errors.keys():
            return data
        data["found"] = [
            Found(line.pk, *(data[f"{name}_{line.pk}"] for name in COUNTS)) for line in self.lines
        ]
        try:
            pieces.checked(self.lines, data["found"])
        except BadInput as refusal:
            raise forms.ValidationError(str(refusal)) from refusal
        return data


LABELS = {
    "sound": _("Sound"),
    "damaged": _("Damaged"),
    "missing": _("Missing"),
    "send": _("Send again"),
}


class InspectionForm(PiecesForm):
    """What came back, and what does the buyer get for it?"""

    amount = forms.DecimalField(
        label=_("Amount to approve"),
        required=False,
        min_value=0,
        max_digits=12,
        decimal_places=2,
    )
    code = forms.ModelChoiceField(
        label=_("Reject code"),
        required=False,
        queryset=RejectCode.objects.filter(active=True),
        help_text=_("Only where nothing is accepted: the return is rejected with it."),
    )
    field_order = ("version", "pieces", "amount", "code", "note")

    def __init__(self, *args: Any, case: RefundCase, **kwargs: Any) -> None:
        self.is_exchange = case.kind == Kind.EXCHANGE
        super().__init__(*args, case=case, **kwargs)
        self.fields["code"].queryset = offered_codes(self)  # type: ignore[attr-defined]  # a ModelChoiceField
        if self.is_exchange:
            del self.fields["amount"]
        else:
            self.fields["amount"].help_text = gettext(
                "Empty: for the sound pieces, %(all)s if all are. Another amount, up to that, needs "
                "a note: perhaps the damage is what the buyer complained of."
            ) % {"all": money.show(case.amount_requested, case.currency)}

    def columns_of(self, case: RefundCase) -> tuple[str, ...]:
        """In an exchange also how many pieces are sent again."""
        return (*COUNTS, "send") if case.kind == Kind.EXCHANGE else COUNTS

    def clean(self) -> dict[str, Any]:
        """With what is sent again, in an exchange; what differs from the sound pieces is explained."""
        data = super().clean()
        if "found" not in data:
            return data
        sound = {row.case_line_id: row.sound for row in data["found"]}
        if self.is_exchange:
            data["send"] = sound | chosen(data, "send")
        if self._differs(data, sound) and not data.get("note", "").strip():
            self.add_error(
                "note", _("Say why the buyer gets more or less than the sound pieces come to.")
            )
        return data

    def _differs(self, data: dict[str, Any], sound: dict[int, int]) -> bool:
        if self.is_exchange:
            return bool(data["send"] != sound)
        counts = [sound[line.pk] for line in self.lines]
        usual = sum(pieces.worth(self.case, self.lines, counts), ZERO)
        return data.get("amount") not in (None, usual)
