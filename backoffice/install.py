"""What a new database gets after its tables: the roles, and each app's shipped defaults."""

from collections.abc import Callable
from typing import Any

from django.apps import AppConfig, apps
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, Permission

from backoffice.audit.guards.standing import install_triggers, lift_triggers
from backoffice.roles import ROLES


def install_roles() -> int:
    """Make one group per role with exactly the table's permissions; gives the number of roles."""
    known = {
        f"{permission.content_type.app_label}.{permission.codename}": permission
        for permission in Permission.objects.select_related("content_type")
    }
    for name, role in ROLES.items():
        group, _created = Group.objects.get_or_create(name=name)
        group.permissions.set([known[code] for code in role.permissions if code in known])
    return len(ROLES)


_defaults: list[Callable[[], None]] = []


def register_defaults(install: Callable[[], None]) -> None:
    """Call ``install`` after each migration; it adds what is missing and changes nothing else."""
    _defaults.append(install)


def lift_before_migrate(sender: AppConfig, plan: Any = (), **kwargs: Any) -> None:
    """Let migrations move rows that are written once; where none is to run, nothing is lifted."""
    if plan and sender.label == "backoffice":
        lift_triggers()


def install_after_migrate(sender: AppConfig, plan: Any = (), **kwargs: Any) -> None:
    """After the last app is migrated every table and permission exists: install then."""
    backwards = any(undone for _migration, undone in plan)
    if sender == list(apps.get_app_configs())[-1] and not backwards:
        create_permissions(**kwargs)  # Django's own handler for this app comes after us
        install_roles()
        install_triggers()
        for install in _defaults:
            install()
