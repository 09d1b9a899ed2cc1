"""When queued payouts are gathered: the platform's page."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from backoffice import clock
from backoffice.admin.guarded import EditableAdmin, ScopedRelatedFilter
from refunds.models import CutOff


@admin.register(CutOff)
class CutOffAdmin(EditableAdmin):
    """A row per store and time; those without a store are for all that have none."""

    list_display = ("shown_store", "at", "seal", "active", "since")
    list_display_links = ("shown_store",)
    list_filter: ClassVar = ["active", ("store", ScopedRelatedFilter)]
    fields = ("store", "at", "seal", "active", "change_reason")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """With the store's name."""
        return super().get_queryset(request).select_related("store")

    @display(description=gettext_lazy("store"), ordering="store__name")
    def shown_store(self, row: CutOff) -> str:
        """The store, or that it is for all others."""
        return str(row.store) if row.store else _("every other store")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """What is set now counts from now on."""
        obj.since = clock.now()
        super().save_model(request, obj, form, change)
