"""What a working calendar may say: a country that is known, hours in order, and some hours at all."""

from datetime import time
from itertools import pairwise
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from backoffice.admin.guarded import ReasonForm
from merchants import public_holidays
from merchants.models import WorkingHours

MIDNIGHT = time(0)
Row = dict[str, Any]


class CalendarForm(ReasonForm):
    """A calendar's names, and whose public holidays it keeps."""

    def clean_country(self) -> str:
        """The country as a code whose holidays are known."""
        country = self.cleaned_data["country"].upper()
        if country and not public_holidays.known(country):
            self.add_error(
                "country",
                _(
                    "The public holidays of “%(country)s” are not known. Write a code like CN, or leave it empty."
                )
                % {"country": country},
            )
        return country


class StretchForm(forms.ModelForm):
    """One stretch of hours on a weekday."""

    class Meta:
        model = WorkingHours
        fields = ("weekday", "opens", "closes", "active")

    def clean(self) -> Row | None:
        """Hours end after they begin: a shift over midnight takes two rows."""
        row = super().clean() or {}
        opens, closes = row.get("opens"), row.get("closes")
        if opens is not None and closes is not None and opens >= closes != MIDNIGHT:
            self.add_error(
                "closes",
                _("Hours end after they begin. Write a shift over midnight as two rows: until 00:00, "
                  "and from 00:00 of the next day."),
            )  # fmt: skip
        return row


class HoursFormSet(forms.BaseInlineFormSet):
    """All hours of a calendar: each hour once, and some hour at all."""

    def clean(self) -> None:
        """Refuse hours that overlap, two rows with the same start, and a calendar that never opens."""
        super().clean()
        if any(self.errors):
            return
        rows = [form.cleaned_data for form in self.forms if form.cleaned_data.get("opens")]
        rows.sort(key=lambda row: (row["weekday"], row["opens"]))
        starts = [(row["weekday"], row["opens"]) for row in rows]
        if len(set(starts)) < len(starts):
            raise forms.ValidationError(
                _(
                    "Two rows begin at the same hour of the same weekday. Change or reuse one of them."
                )
            )
        active = [row for row in rows if row["active"]]
        if not active:
            raise forms.ValidationError(
                _("A calendar without hours never opens, and no clock could end. Give it hours.")
            )
        for first, second in pairwise(active):
            _check_order(first, second)


def _check_order(first: Row, second: Row) -> None:
    same_day = first["weekday"] == second["weekday"]
    if same_day and (first["closes"] == MIDNIGHT or first["closes"] > second["opens"]):
        raise forms.ValidationError(
            _(
                "On %(weekday)s two rows overlap: the one from %(first)s and the one from %(second)s."
            ),
            params={
                "weekday": WorkingHours.Weekday(first["weekday"]).label,
                "first": f"{first['opens']:%H:%M}",
                "second": f"{second['opens']:%H:%M}",
            },
        )


class SpecialDaysFormSet(forms.BaseInlineFormSet):
    """The days of a calendar that differ, each once."""

    def clean(self) -> None:
        """Refuse a day that is named twice."""
        super().clean()
        if any(self.errors):
            return
        days = [form.cleaned_data["day"] for form in self.forms if form.cleaned_data.get("day")]
        for day in days:
            if days.count(day) > 1:
                raise forms.ValidationError(
                    _("The day %(day)s is named twice."), params={"day": f"{day:%Y-%m-%d}"}
                )
