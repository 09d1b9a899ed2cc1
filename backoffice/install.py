"""What a new database gets after its tables: the roles, and each app's shipped defaults."""

from collections.abc import Callable
from typing import Any

from django.apps import AppConfig, apps
from django.core.exceptions import ImproperlyConfigured
from django.db import Error, connection
from django.utils.translation import gettext_noop

from backoffice.actors import FIRST_USE, INSTALLER, NO_PASSWORD, SYSTEM_USERS, system
from backoffice.audit.bulk import create_many, update_many
from backoffice.audit.guards.standing import install_guards, lift_guards
from backoffice.audit.recording import recorded
from backoffice.models import InstalledRole, User
from backoffice.roles import ROLES

ROLES_INSTALLED = gettext_noop("The program came with these roles.")
Told = dict[str, tuple[str, list[str]]]


def install_system_users() -> None:
    """Make the system users that are missing, so that none is made in the middle of its first work."""
    there = set(User.objects.filter(username__in=SYSTEM_USERS).values_list("username", flat=True))
    installer = system(INSTALLER)
    with recorded(installer, FIRST_USE):
        create_many(
            [
                User(username=name, is_system=True, password=NO_PASSWORD)
                for name in SYSTEM_USERS
                if name not in {*there, INSTALLER}
            ]
        )


def install_roles() -> int:
    """Write down what each role may do, where that is not what was written last; gives how many changed."""
    wanted, kept = roles_of_program(), {role.name: role for role in InstalledRole.objects.all()}
    changed = []
    for name, told in wanted.items():
        role = kept.get(name) or InstalledRole(name=name)
        if (role.scope, role.permissions) != told:
            role.scope, role.permissions = told
            changed.append(role)
    with recorded(system(INSTALLER), ROLES_INSTALLED):
        create_many([role for role in changed if role.pk is None])
        update_many([role for role in changed if role.name in kept], ["scope", "permissions"])
    return len(changed)


def roles_of_program() -> Told:
    """Where each role is held and what it may do; one that the program has no more may do nothing."""
    gone = InstalledRole.objects.exclude(name__in=ROLES).values_list("name", "scope")
    told: Told = {name: (role.scope, sorted(role.permissions)) for name, role in ROLES.items()}
    return {**told, **{name: (scope, []) for name, scope in gone}}


def require_roles() -> None:
    """Raise ``ImproperlyConfigured`` where roles may do what was never installed, so is in no history."""
    try:
        kept = InstalledRole.objects.values_list("name", "scope", "permissions")
        same = {name: (scope, codes) for name, scope, codes in kept} == roles_of_program()
    except Error:
        return  # /healthz says so, and the product waits for it
    finally:
        connection.close()
    if not same:
        raise ImproperlyConfigured(
            "What the roles of this program may do is not what was installed, so no history tells of it. "
            "Run: python manage.py migrate"
        )


_defaults: list[Callable[[], None]] = []


def register_defaults(install: Callable[[], None]) -> None:
    """Call ``install`` after each migration; it adds what is missing and changes nothing else."""
    _defaults.append(install)


def lift_before_migrate(sender: AppConfig, plan: Any = (), **kwargs: Any) -> None:
    """Let migrations move rows that are written once; where none is to run, nothing is lifted."""
    if plan and sender.label == "backoffice":
        lift_guards()


def install_after_migrate(sender: AppConfig, plan: Any = (), **kwargs: Any) -> None:
    """After the last app is migrated every table exists: install then."""
    backwards = any(undone for _migration, undone in plan)
    if sender == list(apps.get_app_configs())[-1] and not backwards:
        install_guards()
        install_system_users()
        install_roles()
        for install in _defaults:
            install()
