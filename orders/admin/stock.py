"""Stock: counted by managers, taken out and put back by exchanges and returns."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminIntegerFieldWidget

from backoffice.admin.guarded import EditableAdmin, ReasonForm, ScopedRelatedFilter
from merchants.models import Store
from orders.models import Stock

MOST = 9_999_999


class StockForm(ReasonForm):
    """How many pieces there are – counted by somebody who knew how many there were said to be."""

    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)
    on_hand = forms.IntegerField(
        label=gettext_lazy("Pieces on hand"),
        min_value=0,
        max_value=MOST,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text=gettext_lazy(
            "Free to send: without what is promised to buyers in exchange for a return."
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields["seen"].initial = self.instance.on_hand

    def clean(self) -> dict[str, Any]:
        """The count that the page showed has to be the count that still is."""
        data = super().clean() or self.cleaned_data
        now = self.initial.get("on_hand")
        if self.instance.pk and data.get("seen") != now:
            raise forms.ValidationError(
                _(
                    "Pieces were taken out or came back in the meantime: %(now)d are on hand now. "
                    "Count again from there."
                )
                % {"now": now}
            )
        return data


@admin.register(Stock)
class StockAdmin(EditableAdmin):
    """What the person's stores have of each article."""

    form = StockForm
    list_display = ("sku", "store", "on_hand")
    list_filter: ClassVar = [("store", ScopedRelatedFilter)]
    list_select_related = ("store",)
    search_fields = ("^sku",)
    search_help_text = gettext_lazy("SKU, from its beginning.")
    fieldsets = ((None, {"fields": ("store", "sku", "on_hand", "seen", "change_reason")}),)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """The visible rows; locked while one is saved, so that nothing is taken out meanwhile."""
        rows = super().get_queryset(request)
        saves = request.method == "POST" and request.path.endswith("/change/")
        return rows.select_for_update(of=("self",)) if saves else rows

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """What a row counts stays what it is."""
        return ("store", "sku") if obj else ()

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Only stores in which the person may begin a count."""
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if db_field.name == "store":
            field.queryset = Store.objects.within(request.user, "orders.add_stock")
            if field.queryset.count() == 1:
                field.initial = field.queryset.get()
        return field
