"""What money may leave how: the platform's pages. A limit in force is not changed: a newer one follows."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.validators import MinValueValidator
from django.http import HttpRequest
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from backoffice import clock, money
from backoffice.admin.guarded import EditableAdmin, ReasonForm
from refunds.models import CheckingLimit, RouteLimit
from refunds.models.money_limits import DatedLimit

NOT_NEGATIVE = MinValueValidator(0, gettext_lazy("Write zero or more."))


class DatedLimitForm(ReasonForm):
    """A limit that begins today at the earliest: what was released stays judged as it was."""

    def clean_starts_on(self) -> Any:
        """No day that is over."""
        day = self.cleaned_data["starts_on"]
        if day < localdate(clock.now()):
            raise forms.ValidationError(_("A limit begins today or later."))
        return day


class CheckingLimitForm(DatedLimitForm):
    """Above which sums two people have to release a batch."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in {"batch_amount", "line_amount"} & self.fields.keys():
            self.fields[name].validators.append(NOT_NEGATIVE)

    def clean_currency(self) -> str:
        """A currency that payouts can be in."""
        currency = self.cleaned_data["currency"].strip().upper()
        if why := money.objection_to(currency):
            raise forms.ValidationError(why)
        return currency


class DatedLimitAdmin(EditableAdmin):
    """A list of limits, those to come and those that were."""

    list_filter_submit = False

    def has_change_permission(self, request: HttpRequest, obj: DatedLimit | None = None) -> bool:
        """Only what has not begun can still be changed."""
        begun = obj is not None and obj.starts_on <= localdate(clock.now())
        return not begun and super().has_change_permission(request, obj)


@admin.register(CheckingLimit)
class CheckingLimitAdmin(DatedLimitAdmin):
    """When a second checker is needed. A currency that is not here always needs two."""

    form = CheckingLimitForm
    list_display = ("currency", "shown_batch", "shown_line", "starts_on")
    fields = ("currency", "batch_amount", "line_amount", "starts_on", "change_reason")

    @display(description=gettext_lazy("a batch above"), ordering="batch_amount")
    def shown_batch(self, row: CheckingLimit) -> str:
        """The control total above which two sign."""
        return money.show(row.batch_amount, row.currency)

    @display(description=gettext_lazy("a payout above"), ordering="line_amount")
    def shown_line(self, row: CheckingLimit) -> str:
        """The line above which two sign."""
        return money.show(row.line_amount, row.currency)


@admin.register(RouteLimit)
class RouteLimitAdmin(DatedLimitAdmin):
    """How long, and how often, a payment can be paid back the way that it came."""

    form = DatedLimitForm
    list_display = ("shown_channel", "refunds", "days", "starts_on")
    list_display_links = ("shown_channel",)
    fields = ("channel", "refunds", "days", "starts_on", "change_reason")

    @display(description=gettext_lazy("payment channel"), ordering="channel")
    def shown_channel(self, row: RouteLimit) -> str:
        """The channel, or that it is for all others."""
        return row.channel or _("every other")
