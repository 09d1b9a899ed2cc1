"""The table of roles as a person reads it: one line per permission, one column per role."""

from itertools import groupby
from typing import Any

from django.apps import apps
from django.utils.translation import gettext as _

from backoffice.permission_words import declared
from backoffice.roles import PLATFORM_ROLES, ROLES


def role_table() -> dict[str, Any]:
    """The roles and, grouped by app, what each permission is called and who holds it."""
    used = {code for role in ROLES.values() for code in role.permissions}
    rows = [(app, code, label) for app, code, label in declared() if code in used]
    return {
        "roles": [{"label": role.label, "where": _place(name)} for name, role in ROLES.items()],
        "groups": [
            {
                "label": apps.get_app_config(app).verbose_name,
                "rows": [
                    {"label": label, "held": [code in role.permissions for role in ROLES.values()]}
                    for _app, code, label in group
                ],
            }
            for app, group in groupby(rows, key=lambda row: row[0])
        ],
    }


def _place(role: str) -> str:
    return _("everywhere") if role in PLATFORM_ROLES else _("in own stores")
