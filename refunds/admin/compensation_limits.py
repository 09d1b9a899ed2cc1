"""How much compensation each role may approve: the platform's page."""

from typing import Any

from django.contrib import admin
from django.core.validators import MaxValueValidator, MinValueValidator
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from backoffice import money
from backoffice.admin.guarded import EditableAdmin, ReasonForm
from refunds.compensating.limits import CURRENCY
from refunds.models import CompensationLimit

NOT_NEGATIVE = MinValueValidator(0, gettext_lazy("Write zero or more."))
A_PERCENT = MaxValueValidator(100, gettext_lazy("Write 100 at most."))


class LimitForm(ReasonForm):
    """A role's limits; empty means that there is none of this sort."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        helps = {
            "role": _("A role without a row here approves no compensation alone."),
            "percent": _("Of what was paid for the goods. Empty: any percent."),
            "amount": _("In CNY; it covers no other currency. Empty: any amount."),
        }
        for name, text in helps.items():
            if name in self.fields:
                self.fields[name].help_text = text
        for name in {"percent", "amount", "cap_percent"} & self.fields.keys():
            self.fields[name].validators.append(NOT_NEGATIVE)
        if "percent" in self.fields:
            self.fields["percent"].validators.append(A_PERCENT)


@admin.register(CompensationLimit)
class CompensationLimitAdmin(EditableAdmin):
    """A row per role. What is changed here counts from the next decision."""

    form = LimitForm
    list_display = ("shown_role", "shown_percent", "shown_amount", "shown_cap")
    list_display_links = ("shown_role",)
    fields = ("role", "percent", "amount", "cap_percent", "change_reason")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """A row stays its role's."""
        return ["role"] if obj else []

    @display(description=gettext_lazy("role"), ordering="role")
    def shown_role(self, row: CompensationLimit) -> str:
        """The role, in the reader's language."""
        return str(row)

    @display(description=gettext_lazy("percent of the goods"))
    def shown_percent(self, row: CompensationLimit) -> str:
        """The percent, or that there is no such limit."""
        return _("any") if row.percent is None else f"≤ {row.percent.normalize():f} %"

    @display(description=gettext_lazy("amount at most"))
    def shown_amount(self, row: CompensationLimit) -> str:
        """The amount, or that there is no such limit."""
        return _("any") if row.amount is None else f"≤ {money.show(row.amount, CURRENCY)}"

    @display(description=gettext_lazy("cap, in percent of the goods"))
    def shown_cap(self, row: CompensationLimit) -> str:
        """The cap."""
        return f"{row.cap_percent.normalize():f} %"
