"""Who acts: a person, or a named system user such as the timer. History never has anyone else."""

from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property

from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError
from django.utils.translation import gettext_noop, pgettext_lazy

from backoffice.audit.recording import recorded
from backoffice.exceptions import NotAllowed
from backoffice.held_roles import held_roles
from backoffice.models import User
from backoffice.requests import current_request_id

TIMER, IMPORTER, INSTALLER, RULES = "timer", "importer", "installer", "rules"
GATEWAY = "gateway"
SYSTEM_USERS = {
    TIMER: pgettext_lazy("system user", "Timer"),
    IMPORTER: pgettext_lazy("system user", "Importer"),
    INSTALLER: pgettext_lazy("system user", "Installer"),
    RULES: pgettext_lazy("system user", "Rules"),
    GATEWAY: pgettext_lazy("system user", "Gateway"),
}


class Source(StrEnum):
    """Through which door a change came."""

    ADMIN = "admin"
    API = "api"
    COMMAND = "command"
    IMPORT = "import"
    TIMER = "timer"
    RULE = "rule"
    GATEWAY = "gateway"


SOURCES = {
    TIMER: Source.TIMER,
    IMPORTER: Source.IMPORT,
    RULES: Source.RULE,
    GATEWAY: Source.GATEWAY,
}
NO_PASSWORD = "!"  # noqa: S105 - what no password hashes to
FIRST_USE = gettext_noop("The program acts by it.")


@dataclass(frozen=True)
class Actor:
    """Somebody who changes things, the door they came through and the request they made."""

    user: User
    source: Source = Source.ADMIN
    request_id: str = field(default_factory=current_request_id)

    @property
    def name(self) -> str:
        """The name that history keeps, even after the account is gone."""
        return self.user.get_full_name() or self.user.get_username()

    @cached_property
    def role(self) -> str:
        """Every role that the person holds now and where, as history keeps it; none of a system user."""
        return "" if self.user.is_system else held_roles(self.user)

    def through(self, source: Source) -> "Actor":
        """The same person, through another door."""
        return replace(self, source=source)


def person(user: User | AnonymousUser, source: Source = Source.ADMIN) -> Actor:
    """The signed-in ``user`` as an actor; raises ``NotAllowed`` for somebody who is not signed in."""
    if not isinstance(user, User):
        raise NotAllowed
    return Actor(user=user, source=source)


def system(name: str) -> Actor:
    """The named system user as an actor; made on first use, and never able to sign in."""
    if name not in SYSTEM_USERS:
        raise KeyError(name)
    source = SOURCES.get(name, Source.COMMAND)
    user = User.objects.filter(username=name).first() or _made(name, source)
    return Actor(user=user, source=source)


def _made(name: str, source: Source) -> User:
    """The system user's account, which nobody else could have made: its first version names itself."""
    user = User(username=name, is_system=True, password=NO_PASSWORD)
    try:
        with recorded(Actor(user=user, source=source), FIRST_USE):
            user.save()
    except IntegrityError:  # another process was faster
        return User.objects.get(username=name)
    return user
