"""People beyond the fixed cast, made and changed as history wants it."""

from typing import Any

from backoffice.actors import INSTALLER, system
from backoffice.audit.recording import recorded
from backoffice.models import User


def make_person(name: str, **details: Any) -> User:
    """A new account."""
    with recorded(system(INSTALLER), "For a test."):
        return User.objects.create_user(name, **details)


def change_person(user: User, **values: Any) -> User:
    """The account with other values; gives a fresh one."""
    with recorded(system(INSTALLER), "For a test."):
        for name, value in values.items():
            setattr(user, name, value)
        user.save()
    return User.objects.get(pk=user.pk)
