"""Accounts of people: made and deactivated by the platform, never deleted."""

from typing import Any, ClassVar, cast
from uuid import uuid4

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from backoffice.accounts.words import SET_PASSWORD
from backoffice.actors import SYSTEM_USERS, person
from backoffice.admin.guarded import EditableAdmin
from backoffice.audit.recording import recorded
from backoffice.held_roles import held_roles, told_roles
from backoffice.models import User
from backoffice.stepup import forget


class Reasoned(forms.Form):
    """Asks why."""

    change_reason = forms.CharField(
        label=_("Reason for this change"),
        max_length=300,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("Kept in history beside your name."),
    )


class Named(Reasoned):
    """Asks why, and keeps the names of system users free of people."""

    def clean_username(self) -> str:
        """A name that no system user has: history must not mistake a person for the timer."""
        name: str = self.cleaned_data["username"]
        if name.lower() in SYSTEM_USERS:
            raise forms.ValidationError(_("This name belongs to a system user. Choose another."))
        parent = getattr(super(), "clean_username", None)
        return parent() if parent else name


class NewAccountForm(Named, UserCreationForm):
    """A new account: name and password. Roles are given as memberships."""


class PasswordForm(Reasoned, AdminPasswordChangeForm):
    """A new password for somebody who lost theirs."""

    field_order = ["usable_password", "password1", "password2", "change_reason"]


class AccountForm(Named, UserChangeForm):
    """An account's name, person and whether it may sign in."""

    acting: ClassVar[User | None] = None
    same_person_as = forms.ModelChoiceField(
        label=_("Same person as"),
        queryset=User.objects.filter(is_system=False).order_by("username"),
        required=False,
        widget=UnfoldAdminSelectWidget,
        help_text=_(
            "Another account of this person. Nobody checks their own work by a second one."
        ),
    )
    forget_codes = forms.BooleanField(
        label=_("Remove one-time codes"),
        required=False,
        widget=UnfoldBooleanSwitchWidget,
        help_text=_("The telephone is lost: the password proves the person again."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "same_person_as" in self.fields:
            others = User.objects.filter(is_system=False).exclude(pk=self.instance.pk)
            cast(forms.ModelChoiceField, self.fields["same_person_as"]).queryset = others
            linked = others.filter(person=self.instance.person).order_by("pk").first()
            self.fields["same_person_as"].initial = linked

    def clean_is_active(self) -> bool:
        """Nobody locks themselves out."""
        active = self.cleaned_data["is_active"]
        if not active and self.instance == self.acting:
            raise forms.ValidationError(
                _("This is your own account. Ask a colleague to deactivate it.")
            )
        return active


@admin.register(User)
class UserAdmin(DjangoUserAdmin, EditableAdmin):  # type: ignore[misc]  # Django's own, guarded
    """People with an account. Roles are given as memberships; nothing here gives a permission."""

    form = AccountForm
    add_form = NewAccountForm
    change_password_form = PasswordForm
    change_user_password_template = "backoffice/password.html"  # noqa: S105 - a page
    list_display = ("username", "first_name", "last_name", "email", "is_active", "last_login")
    list_filter = ("is_active",)
    search_fields = ("username", "first_name", "last_name")
    filter_horizontal = ()
    readonly_fields = ("roles", "last_login", "date_joined")
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        (_("Person"), {"fields": ("first_name", "last_name", "email", "is_active")}),
        (_("What the account may do"), {"fields": ("roles",)}),
        (_("Four eyes"), {"fields": ("same_person_as", "forget_codes")}),
        (_("Dates"), {"fields": ("last_login", "date_joined")}),
        (None, {"fields": ("change_reason",)}),
    )
    add_fieldsets = (
        (
            None,
            {"fields": ("username", "usable_password", "password1", "password2", "change_reason")},
        ),
    )

    @admin.display(description=_("Roles"))
    def roles(self, user: User) -> str | Promise:
        """Every role of the account, and where it holds."""
        return told_roles(held_roles(user), user) or _("None yet. Memberships give them.")

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        """People only: system users are nobody's account."""
        return super().get_queryset(request).filter(is_system=False)

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        """The form, knowing who fills it in."""
        form: Any = super().get_form(request, obj, change=change, **kwargs)
        form.acting = request.user
        return form

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Without the reason and the password's page where nothing can be saved."""
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or self.has_change_permission(request, obj):
            return fieldsets
        hidden = {"change_reason", "password", "same_person_as", "forget_codes"}
        kept = (
            (name, {**options, "fields": tuple(f for f in options["fields"] if f not in hidden)})
            for name, options in fieldsets
        )
        return [entry for entry in kept if entry[1]["fields"]]

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """With whose account it is, and without the codes of a lost telephone."""
        given = form.cleaned_data
        if "same_person_as" in form.changed_data:
            other = given["same_person_as"]
            obj.person = other.person if other else uuid4()
        if given.get("forget_codes"):
            obj.codes_mark = ""
        super().save_model(request, obj, form, change)
        if given.get("forget_codes"):
            forget(obj)

    def user_change_password(
        self,
        request: HttpRequest,
        id: str,  # noqa: A002 - Django calls it so
        form_url: str = "",
    ) -> HttpResponse:
        """A new password for somebody; what it saves is recorded with the person and the reason given."""
        if request.method != "POST":
            return super().user_change_password(request, id, form_url)
        reason = request.POST.get("change_reason", "").strip() or "–"
        with recorded(person(request.user), reason, SET_PASSWORD):
            return super().user_change_password(request, id, form_url)
