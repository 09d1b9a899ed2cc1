"""Signing in by password, and being asked by Django what a person may do: that is by role."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.hashers import get_hasher, identify_hasher
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext_noop

from backoffice.access import covers, grants, reach
from backoffice.accounts.words import RENEW_PASSWORD
from backoffice.actors import person
from backoffice.audit.recording import recorded
from backoffice.models import User

RENEWED = gettext_noop("Signed in with a password that was kept by an older method.")


class PasswordBackend(ModelBackend):
    """Sign-in by password; permissions by role, from the table, per store."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **kwargs: Any,
    ) -> User | None:
        """The account of that name and password, if there is one; an outdated hash is made anew."""
        user = super().authenticate(request, username=username, password=password, **kwargs)
        if not isinstance(user, User) or password is None:
            return None
        if _is_outdated(user.password):
            _renew(user, password)
        return user

    def get_all_permissions(self, user_obj: Any, obj: models.Model | None = None) -> set[str]:
        """Every permission held anywhere, or over ``obj``."""
        held: set[str] = set()
        for grant in grants(user_obj):
            held |= grant.permissions
        if obj is None:
            return held
        return {permission for permission in held if covers(user_obj, permission, obj)}

    def has_perm(self, user_obj: Any, perm: str, obj: models.Model | None = None) -> bool:
        """Whether ``perm`` is held anywhere, or over ``obj``."""
        if obj is None:
            return bool(reach(user_obj, perm))
        return covers(user_obj, perm, obj)

    def _get_permissions(self, user_obj: Any, obj: Any, from_name: str) -> set[str]:
        """None by group and none of one's own: there are only roles."""
        return set()


def _is_outdated(encoded: str) -> bool:
    preferred = get_hasher()
    return identify_hasher(encoded).algorithm != preferred.algorithm or preferred.must_update(
        encoded
    )


def _renew(user: User, password: str) -> None:
    with recorded(person(user), RENEWED, RENEW_PASSWORD):
        account = User.objects.select_for_update().get(pk=user.pk)
        account.set_password(password)
        account.save()
    user.password = account.password  # what the session is bound to
