"""Merchants and stores: set up by the platform, read by everyone who works there."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from backoffice.admin.guarded import EditableAdmin, ReasonForm, ScopedRelatedFilter
from backoffice.money import objection_to
from merchants.models import Merchant, Store
from merchants.store_links import links_of


class StoreForm(ReasonForm):
    """A store, with a currency that its money can be kept in."""

    def clean_currency(self) -> str:
        """The currency as an ISO 4217 code."""
        currency = self.cleaned_data["currency"].upper()
        if why := objection_to(currency):
            self.add_error("currency", why)
        return currency


@admin.register(Merchant)
class MerchantAdmin(EditableAdmin):
    """The companies that answer for stores."""

    list_display = ("name", "code", "active")
    list_filter = ("active",)
    search_fields = ("name", "code")
    fieldsets = ((None, {"fields": ("code", "name", "active", "change_reason")}),)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """A code is given once: files and commands refer to it."""
        return ("code",) if obj else ()


@admin.register(Store)
class StoreAdmin(EditableAdmin):
    """The shop fronts: the unit of access."""

    form = StoreForm
    list_display = ("name", "code", "merchant", "channel", "currency", "auto_approval", "active")
    list_filter = (("merchant", ScopedRelatedFilter), "active", "auto_approval")
    search_fields = ("name", "code")
    fieldsets = (
        (None, {"fields": ("merchant", "code", "name", "channel", "active")}),
        (_("Time"), {"fields": ("time_zone", "calendar")}),
        (_("Money"), {"fields": ("currency", "account")}),
        (_("Returns"), {"fields": ("return_address", "return_instructions")}),
        (
            _("Refunds"),
            {
                "fields": (
                    "instant_approval",
                    "auto_approval",
                    "daily_cap_count",
                    "daily_cap_amount",
                )
            },
        ),
        (None, {"fields": ("change_reason",)}),
    )

    change_form_outer_before_template = "merchants/store_links.html"

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The store's page, with the links that other apps add."""
        row = self.get_object(request, object_id) if object_id else None
        context = {"store_links": links_of(row) if row else [], **(extra_context or {})}
        return super().changeform_view(request, object_id, form_url, context)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """A store stays with its merchant and keeps its code: access and orders hang on both."""
        return ("merchant", "code") if obj else ()
