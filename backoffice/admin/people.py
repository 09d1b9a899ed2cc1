"""Accounts of people: made and deactivated by the platform, never deleted.

An account is no audited row: signing in changes it, with nobody to ask why. What the platform does
to accounts is kept in Django's admin log instead, with the reason and what changed from what to what.
"""

import json
from typing import Any, ClassVar, cast
from uuid import uuid4

from django import forms
from django.contrib import admin
from django.contrib.admin.models import ADDITION, LogEntry
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from backoffice.actors import SYSTEM_USERS
from backoffice.admin.guarded import GuardedAdmin
from backoffice.audit.timeline import SOURCES, Change, Entry
from backoffice.models import User
from backoffice.stepup import forget


class Reasoned(forms.Form):
    """Asks why, and keeps the names of system users free of people."""

    change_reason = forms.CharField(
        label=_("Reason for this change"),
        max_length=300,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("Kept in history beside your name."),
    )

    def clean_username(self) -> str:
        """A name that no system user has: history must not mistake a person for the timer."""
        parent = getattr(super(), "clean_username", None)
        name = parent() if parent else self.cleaned_data["username"]
        if name and name.lower() in SYSTEM_USERS:
            raise forms.ValidationError(_("This name belongs to a system user. Choose another."))
        return name


class NewAccountForm(Reasoned, UserCreationForm):
    """A new account: name and password. Roles are given as memberships."""


class AccountForm(Reasoned, UserChangeForm):
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
class UserAdmin(DjangoUserAdmin, GuardedAdmin):  # type: ignore[misc]  # Django's own, guarded
    """People with an account. Roles are given as memberships; nothing here gives a permission."""

    form = AccountForm
    add_form = NewAccountForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("username", "first_name", "last_name", "email", "is_active", "last_login")
    list_filter = ("is_active",)
    search_fields = ("username", "first_name", "last_name")
    filter_horizontal = ()
    readonly_fields = ("last_login", "date_joined")
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        (_("Person"), {"fields": ("first_name", "last_name", "email", "is_active")}),
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

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        """People only: system users are nobody's account."""
        return super().get_queryset(request).filter(is_system=False)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """The platform makes accounts."""
        return self.holds(request, "add")

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """The platform changes accounts."""
        return self.holds(request, "change")

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
        super().save_model(request, obj, form, change)
        if given.get("forget_codes"):
            forget(obj)

    def construct_change_message(
        self, request: HttpRequest, form: Any, formsets: Any, add: bool = False
    ) -> list[dict[str, Any]]:
        """What Django logs, with the reason and each value before and after – passwords never."""
        told = super().construct_change_message(request, form, formsets, add)
        changed = [name for name in form.changed_data if name in SHOWN]
        values = [
            [name, None if add else _text(form.initial.get(name)), _text(form.cleaned_data[name])]
            for name in changed
        ]
        password = any("password" in name for name in form.changed_data)
        reason = form.cleaned_data.get("change_reason", "")
        return [*told, {"account": {"reason": reason, "values": values, "password": password}}]

    def history_of(self, obj: User) -> list[Entry]:
        """What was done to the account, by whom and why."""
        return account_history(obj)


SHOWN = (
    "username",
    "first_name",
    "last_name",
    "email",
    "is_active",
    "same_person_as",
    "forget_codes",
)
LABELS = {"same_person_as": _("Same person as"), "forget_codes": _("Remove one-time codes")}


def account_history(account: User) -> list[Entry]:
    """The log of an account as a timeline, newest first."""
    rows = LogEntry.objects.filter(
        content_type=ContentType.objects.get_for_model(User), object_id=str(account.pk)
    )
    newest_first = list(rows.select_related("user").order_by("-pk"))
    return [_entry(row, len(newest_first) - n) for n, row in enumerate(newest_first)]


def _entry(row: LogEntry, number: int) -> Entry:
    told = _told(row)
    added = row.action_flag == ADDITION
    set_password = told.get("password") and not added
    title = (
        gettext("Password set")
        if set_password
        else gettext("Created")
        if added
        else gettext("Changed")
    )
    return Entry(
        row=str(User._meta.verbose_name),
        name=row.object_repr,
        is_new=added,
        title=title,
        actor=row.user.get_full_name() or row.user.get_username(),
        role="",
        source=str(SOURCES["admin"]),
        at=row.action_time,
        reason=gettext(told["reason"]) if told.get("reason") else "",
        changes=tuple(
            Change(
                str(LABELS.get(name) or getattr(User._meta.get_field(name), "verbose_name", name)),
                _shown(before),
                str(_shown(after)),
            )
            for name, before, after in told.get("values", [])
        ),
        request_id="",
        is_system=False,
        number=number,
    )


def _told(row: LogEntry) -> dict[str, Any]:
    """Our own part of a log line; empty for lines that somebody else wrote."""
    try:
        parts = json.loads(row.change_message)
    except ValueError:
        return {}
    return next((part["account"] for part in parts if "account" in part), {})


def _text(value: Any) -> Any:
    return value if isinstance(value, bool | None) else str(value)


def _shown(value: Any) -> str | None:
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    return value if value is None else value or "–"
