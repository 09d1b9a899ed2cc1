"""Memberships: who has which role where – and what each role may do."""

from typing import Any, ClassVar

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.translation import gettext_lazy as _

from backoffice.admin.guarded import EditableAdmin, ReasonForm, ScopedRelatedFilter
from backoffice.models import User
from merchants.models import Membership
from merchants.role_table import role_table


class MembershipForm(ReasonForm):
    """A role of a person in a store, in a merchant's stores, or everywhere."""

    acting: ClassVar[User | None] = None

    def clean(self) -> dict[str, Any] | None:
        """Nobody takes their own role away: an installation could end up with no platform."""
        cleaned = super().clean()
        before = Membership.objects.filter(pk=self.instance.pk).first()
        if before and before.user == self.acting and set(self.changed_data) - {"change_reason"}:
            self.add_error(None, _("This is your own membership. Ask a colleague to change it."))
        return cleaned


@admin.register(Membership)
class MembershipAdmin(EditableAdmin):
    """Roles of people, given and ended by the platform. Access ends with the membership, at once."""

    form = MembershipForm
    list_display = ("user", "role", "store", "merchant", "active")
    list_filter = (
        "role",
        "active",
        ("store", ScopedRelatedFilter),
        ("merchant", ScopedRelatedFilter),
    )
    search_fields = ("user__username", "user__first_name", "user__last_name")
    ordering = ("user__username", "role")
    list_before_template = "merchants/membership_links.html"

    class Media:
        css: ClassVar = {"all": ["merchants/merchants.css"]}

    fieldsets = (
        (None, {"fields": ("user", "role")}),
        (
            _("Where"),
            {
                "fields": ("store", "merchant"),
                "description": _(
                    "One store, or a merchant for all its stores. Leave both empty for a platform role."
                ),
            },
        ),
        (None, {"fields": ("active", "change_reason")}),
    )

    def get_form(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        """The form, knowing who fills it in."""
        form = super().get_form(request, obj, **kwargs)
        form.acting = request.user
        return form

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Roles are for people: system users act by themselves."""
        if db_field.name == "user":
            kwargs["queryset"] = User.objects.filter(is_system=False).order_by("username")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def get_urls(self) -> list[Any]:
        """The usual pages, and the table of roles."""
        roles = path(
            "roles/", self.admin_site.admin_view(self.roles_view), name="merchants_membership_roles"
        )
        return [roles, *super().get_urls()]

    def roles_view(self, request: HttpRequest) -> HttpResponse:
        """What each role may do, for everyone who may see memberships."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        context = {
            **self.admin_site.each_context(request),
            **role_table(),
            "title": _("Roles"),
            "opts": self.opts,
        }
        return TemplateResponse(request, "merchants/roles.html", context)
