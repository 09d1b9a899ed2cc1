"""The table of roles as a person reads it: one line per permission, one column per role."""

from itertools import groupby
from typing import Any

from django.apps import apps
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.roles import PLATFORM_ROLES, ROLES

VERBS: dict[str, str | Promise] = {
    "view": gettext_lazy("Can see %(things)s"),
    "add": gettext_lazy("Can add %(things)s"),
    "change": gettext_lazy("Can change %(things)s"),
}


def role_table() -> dict[str, Any]:
    """The roles and, grouped by app, what each permission is called and who holds it."""
    used = {code for role in ROLES.values() for code in role.permissions}
    rows = [(app, code, label) for app, code, label in _declared() if code in used]
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


def _declared() -> list[tuple[str, str, str]]:
    """Every permission that a model declares: its app, its code, its label."""
    return [
        (model._meta.app_label, f"{model._meta.app_label}.{codename}", label)
        for model in apps.get_models()
        for codename, label in (
            *_plain(model),
            *((code, str(label)) for code, label in model._meta.permissions),
        )
    ]


def _plain(model: Any) -> list[tuple[str, str]]:
    things = {"things": model._meta.verbose_name_plural}
    return [
        (f"{verb}_{model._meta.model_name}", str(VERBS[verb]) % things)
        for verb in ("view", "add", "change")
        if verb in model._meta.default_permissions
    ]
