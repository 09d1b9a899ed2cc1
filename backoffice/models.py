"""People who sign in, system users that do not, what roles may do, and the pulse of the timer."""

from typing import Any, ClassVar

from django.contrib.auth.models import UserManager
from django.db import models
from django.utils.translation import gettext_lazy as _

from backoffice.accounts.account import AbstractAccount
from backoffice.accounts.marks import MarkField
from backoffice.audit.models import Audited, AuditedQuerySet
from backoffice.roles import PLATFORM, ROLES


class Accounts(UserManager.from_queryset(AuditedQuerySet)):  # type: ignore[misc]  # made by Django
    """Accounts, made one by one as Django makes them, and never in sets around history."""

    use_in_migrations = False


class User(Audited, AbstractAccount):
    """A person with an account, or a named system user. Never deleted: deactivated.

    A version tells that the password or the one-time codes changed by their marks, and keeps neither.
    A sign-in is no change.
    """

    shared = True
    untracked = ("password", "last_login")

    password_mark = MarkField(_("password"), of="password")
    codes_mark = MarkField(
        _("one-time codes"), help_text=_("Empty: the password proves the person.")
    )

    objects: ClassVar[Any] = Accounts()

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        default_permissions = ("add", "change", "view")

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save with a version; the mark goes with the password, and a sign-in alone is just noted."""
        fields = set(kwargs.get("update_fields") or ())
        if fields == {"last_login"}:
            row = models.QuerySet[Any, Any](type(self)).filter(pk=self.pk)
            row.update(last_login=self.last_login)
            return
        if "password" in fields:
            kwargs["update_fields"] = fields | {"password_mark"}
        super().save(*args, **kwargs)


class InstalledRole(Audited):
    """What a role may do, as the program had it when its database was last migrated.

    The program asks its own table of roles. This one tells what that said when, and a program whose
    table says something else does not start.
    """

    shared = True

    name = models.CharField(_("name"), max_length=20, unique=True)
    scope = models.CharField(_("where"), max_length=10)
    permissions = models.JSONField(_("permissions"), default=list)

    class Meta:
        verbose_name = _("role as installed")
        verbose_name_plural = _("roles as installed")
        ordering = ("pk",)
        default_permissions = ("view",)

    def __str__(self) -> str:
        role = ROLES.get(self.name)
        return str(role.label) if role else self.name

    @property
    def everywhere(self) -> bool:
        """Whether it is held in all stores at once."""
        return self.scope == PLATFORM


class Heartbeat(models.Model):
    """When a recurring piece of work last ran: one row per name."""

    name = models.CharField(max_length=40, primary_key=True)
    at = models.DateTimeField()

    class Meta:
        default_permissions = ()


class StepUpTries(models.Model):
    """Wrong answers in a row to “Is it you?”: after a few, the person has to wait."""

    user = models.OneToOneField(User, models.PROTECT, primary_key=True, related_name="+")
    failures = models.PositiveSmallIntegerField(default=0)
    last_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()
