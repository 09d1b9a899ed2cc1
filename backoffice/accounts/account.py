"""What an account is, before anything is known of its history: the base of ``backoffice.models.User``."""

from typing import Any
from uuid import uuid4

from django.contrib.auth import get_backends
from django.contrib.auth.hashers import check_password
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _


class AbstractAccount(AbstractUser):
    """Somebody who signs in, or a named system user.

    An account is in no group and holds no permission of its own: roles are memberships, and there is no
    second table in which somebody could become more than history tells.
    """

    groups = None  # type: ignore[assignment]  # taken out of what Django brings
    user_permissions = None  # type: ignore[assignment]  # the same
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
        abstract = True

    def __str__(self) -> str:
        return self.get_full_name() or self.get_username()

    def check_password(self, raw_password: str | None) -> bool:
        """Whether it is the password; the hash of an older method is made anew by who signs in."""
        return check_password(raw_password, self.password)

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        """Ask the roles, for everyone alike: there is no account above them."""
        account: Any = self  # the one model of accounts
        return self.is_active and any(
            backend.has_perm(account, perm, obj)
            for backend in get_backends()
            if hasattr(backend, "has_perm")
        )

    def has_module_perms(self, app_label: str) -> bool:
        """Whether the person holds any permission of the app."""
        return any(perm.startswith(f"{app_label}.") for perm in self.get_all_permissions())
