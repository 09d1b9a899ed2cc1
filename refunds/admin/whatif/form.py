"""The draft as a form: every value that may differ, prefilled with what is in force."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django import forms
from django.db import models
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice import clock
from merchants.models import Store
from refunds.models import InstantRule, RefundPolicy
from refunds.whatif.draft import (
    OFF,
    POLICY_FIELDS,
    RULE_FIELDS,
    STORE_FIELDS,
    Changes,
    in_force,
    plain,
)

PERIOD = timedelta(days=90)


# A browser's day field takes this form alone, whatever the reader's language writes.
DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


@dataclass(frozen=True)
class Line:
    """One row of the form's tables: what it is about, and its fields."""

    label: str
    cells: list[Any]


class DraftForm(forms.Form):
    """Which period, and what would be different."""

    title = forms.CharField(label=gettext_lazy("Title"), max_length=100)
    since = forms.DateField(label=gettext_lazy("Cases since"), widget=DAY)
    until = forms.DateField(label=gettext_lazy("Cases until"), widget=DAY)

    def __init__(self, *args: Any, store: Store, **kwargs: Any) -> None:
        today = localdate()
        first = {"since": today - PERIOD, "until": today, "title": _("Draft")}
        kwargs["initial"] = {**first, **kwargs.get("initial", {})}
        super().__init__(*args, **kwargs)
        self.now = in_force(store, clock.now())
        self.rows: list[tuple[str, Any, tuple[str, ...]]] = [
            ("store", store, STORE_FIELDS),
            *((f"policy_{row.pk}", row, POLICY_FIELDS) for row in self.now.policies),
            *((f"rule_{row.pk}", row, RULE_FIELDS) for row in self.now.rules),
        ]
        for key, row, names in self.rows:
            for name in names:
                self.fields[f"{key}-{name}"] = _field(row, name)
            if isinstance(row, InstantRule):
                self.fields[f"{key}-{OFF}"] = _named(
                    forms.BooleanField(required=False), _("%(rule)s: leave out") % {"rule": row}
                )

    def changes(self) -> Changes:
        """What differs from what is in force."""
        found: Changes = {}
        for key, row, names in self.rows:
            differs = {
                name: plain(value)
                for name in names
                if (value := self.cleaned_data[f"{key}-{name}"]) != getattr(row, name)
            }
            if self.cleaned_data.get(f"{key}-{OFF}"):
                differs[OFF] = True
            if differs:
                found[key] = differs
        return found

    def about(self, kind: type[models.Model]) -> Iterator[Line]:
        """The rows of one table."""
        for key, row, names in self.rows:
            if isinstance(row, kind):
                more = (OFF,) if kind is InstantRule else ()
                yield Line(label_of(row), [self[f"{key}-{name}"] for name in (*names, *more)])

    @property
    def policies(self) -> list[Line]:
        """A row per policy."""
        return list(self.about(RefundPolicy))

    @property
    def instant_rules(self) -> list[Line]:
        """A row per rule."""
        return list(self.about(InstantRule))

    @property
    def store_cells(self) -> list[Any]:
        """The store's own values."""
        return next(self.about(Store)).cells


def _field(row: Any, name: str) -> Any:
    """The model's own field, with the value in force; its full label says whose it is."""
    column = row._meta.get_field(name)
    field = column.formfield(initial=getattr(row, name))
    if isinstance(row, Store):
        return field
    field.help_text = ""
    return _named(field, f"{label_of(row)}: {column.verbose_name}")


def _named(field: Any, label: str) -> Any:
    """A field of a table: its column's head is for eyes, its whole name for screen readers."""
    field.label = field.widget.attrs["aria-label"] = label
    return field


def label_of(row: Any) -> str:
    """What a row is called in tables: a policy by what it is about, without its hours."""
    if not isinstance(row, RefundPolicy):
        return str(row)
    parts = [row.get_kind_display(), row.get_stage_display() if row.stage else ""]
    parts += [str(row.reason) if row.reason else "", row.category]
    return " · ".join(part for part in parts if part)
