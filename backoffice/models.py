"""People who sign in, system users that do not, and the pulse of the timer."""

from typing import Any
from uuid import uuid4

from django.contrib.auth import get_backends
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _


class User(AbstractUser):
    """A person with an account, or a named system user. Never deleted: deactivated."""

    # What the person may do where, read once per user object: see backoffice.access.grants.
    held_grants: "tuple[Any, ...] | None" = None

    is_system = models.BooleanField(
        _("system user"), default=False, help_text=_("Acts by itself and cannot sign in.")
    )
    person = models.UUIDField(
        _("person"),
        default=uuid4,
        editable=False,
        db_index=True,
        help_text=_("The same for every account of one person: four eyes are two people's."),
    )

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        default_permissions = ("add", "change", "view")

    def __str__(self) -> str:
        return self.get_full_name() or self.get_username()

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        """Ask the roles, for everyone alike: there is no account above them."""
        return self.is_active and any(
            backend.has_perm(self, perm, obj)
            for backend in get_backends()
            if hasattr(backend, "has_perm")
        )

    def has_module_perms(self, app_label: str) -> bool:
        """Whether the person holds any permission of the app."""
        return any(perm.startswith(f"{app_label}.") for perm in self.get_all_permissions())


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
