"""What is under watch: buyers on a risk hold, and flagged articles."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextInputWidget

from backoffice.admin.display import pill
from backoffice.admin.guarded import EditableAdmin, ReasonForm, ScopedRelatedFilter
from backoffice.exceptions import BadInput
from merchants.models import Store
from orders.models import Buyer
from orders.nameless import require_nameless
from orders.naming import SearchByName
from refunds.models import FlaggedSku, RiskHold

ADD_HOLD = "refunds.add_riskhold"


class WatchedAdmin(EditableAdmin):
    """Rows that are switched on and off, never deleted."""

    list_select_related: ClassVar[Any] = True

    @admin.display(description=_("state"), ordering="active")
    def state_pill(self, row: Any) -> SafeString:
        """Whether it stands."""
        return pill("warning", _("active")) if row.active else pill("retired", _("lifted"))


class BuyerForm(ReasonForm):
    """What is said of a buyer stays for good, so it does not say who that is."""

    def clean(self) -> Any:
        """Refuse a text that names the buyer, in the field where it stands."""
        data = super().clean()
        for name in ("why", "change_reason") if self.instance.buyer_id else ():
            try:
                require_nameless(self.cleaned_data.get(name, ""), self.instance.buyer)
            except BadInput as refusal:
                self.add_error(name, str(refusal))
        return data


class HoldForm(BuyerForm):
    """Which buyer: found by a case or an order of theirs."""

    user: Any  # set by the page

    case = forms.CharField(
        label=_("Case or order number"),
        max_length=60,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("A number of a case or an order of the buyer."),
    )

    def clean_case(self) -> str:
        """Find the buyer, in the stores where the person may do this."""
        number = self.cleaned_data["case"].strip()
        found = Buyer.objects.within(self.user, ADD_HOLD).filter(
            Q(orders__number=number) | Q(orders__cases__number=number)
        )
        buyers = list(found.distinct()[:2])
        if not buyers:
            raise forms.ValidationError(
                _("No case or order of your stores has this number, or it names no buyer.")
            )
        if len(buyers) > 1:
            raise forms.ValidationError(
                _("Several stores have an order of this number. Give the number of a case.")
            )
        if RiskHold.objects.filter(buyer=buyers[0]).exists():
            raise forms.ValidationError(
                _("There is a hold on this buyer already. Open it in the list, and switch it on.")
            )
        self.instance.buyer = buyers[0]
        return number


@admin.register(RiskHold)
class RiskHoldAdmin(SearchByName, WatchedAdmin):
    """Buyers whose cases neither rule nor timer approves."""

    list_display = ("buyer", "shown_store", "why", "state_pill")
    list_filter = ("active",)
    search_fields = ("^buyer__code",)
    list_select_related = ("buyer__store",)

    @admin.display(description=_("store"))
    def shown_store(self, row: RiskHold) -> str:
        """Whose buyer it is."""
        return str(row.buyer.store)

    def get_form(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        """A new hold asks for the buyer by a number; an old one keeps its buyer."""
        kwargs["form"] = BuyerForm if obj else type("HoldForm", (HoldForm,), {"user": request.user})
        return super().get_form(request, obj, **kwargs)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """The fields of either form."""
        return ["buyer" if obj else "case", "why", "active", "change_reason"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """A hold stays with its buyer."""
        return ("buyer",) if obj else ()


@admin.register(FlaggedSku)
class FlaggedSkuAdmin(WatchedAdmin):
    """Articles that no rule approves by itself."""

    list_display = ("sku", "store", "why", "state_pill")
    list_filter = (("store", ScopedRelatedFilter), "active")
    search_fields = ("^sku",)
    fields = ("store", "sku", "why", "active", "change_reason")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """A flag stays on its article."""
        return ("store", "sku") if obj else ()

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Only stores in which the person may flag articles."""
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if db_field.name == "store":
            field.queryset = Store.objects.within(request.user, "refunds.add_flaggedsku")
            if field.queryset.count() == 1:
                field.initial = field.queryset.get()
        return field
