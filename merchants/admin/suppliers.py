"""Suppliers of a merchant, with the history of their grades."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from backoffice.admin.display import pill
from backoffice.admin.guarded import EditableAdmin, GuardedInline, ScopedRelatedFilter
from merchants.models import Assessment, Merchant, Supplier


class GradeInline(GuardedInline):
    """The supplier's assessments, latest first."""

    model = Assessment
    verbose_name_plural = _("assessments")
    ordering = ("-period", "-pk")
    hide_title = True
    fields = readonly_fields = ("shown_period", "template", "score", "grade_pill", "state_pill")

    @admin.display(description=_("period"))
    def shown_period(self, row: Assessment) -> SafeString:
        """The quarter, as a link to the assessment."""
        address = reverse("admin:merchants_assessment_change", args=[row.pk])
        return format_html('<a class="desk-link" href="{}">{}</a>', address, row.period)

    @admin.display(description=_("grade"))
    def grade_pill(self, row: Assessment) -> str:
        """The grade, once there is one."""
        return pill(row.grade, row.get_grade_display()) if row.grade else "–"

    @admin.display(description=_("state"))
    def state_pill(self, row: Assessment) -> str:
        """How far the assessment is."""
        return pill(row.state, row.get_state_display())


@admin.register(Supplier)
class SupplierAdmin(EditableAdmin):
    """Suppliers: added and changed by managers, within their own merchant."""

    list_display = ("name", "code", "merchant", "category", "active")
    list_filter = (("merchant", ScopedRelatedFilter), "active")
    search_fields = ("name", "code", "category")
    inlines = (GradeInline,)
    fieldsets = (
        (None, {"fields": ("merchant", "code", "name", "category", "contact", "active")}),
        (None, {"fields": ("change_reason",)}),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """A supplier stays with its merchant and keeps its code: its grades hang on both."""
        return ("merchant", "code") if obj else ()

    def get_inlines(self, request: HttpRequest, obj: Any = None) -> tuple[Any, ...]:
        """Grades belong to a supplier that exists."""
        return self.inlines if obj else ()

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Only merchants in which the person may add suppliers."""
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if db_field.name == "merchant":
            field.queryset = Merchant.objects.within(request.user, "merchants.add_supplier")
            if field.queryset.count() == 1:
                field.initial = field.queryset.get()
        return field
