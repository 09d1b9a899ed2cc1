"""Every permission that a model declares, and what it is called."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from django.apps import apps
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

VERBS: dict[str, str | Promise] = {
    "view": gettext_lazy("Can see %(things)s"),
    "add": gettext_lazy("Can add %(things)s"),
    "change": gettext_lazy("Can change %(things)s"),
}


class Declared(NamedTuple):
    """One permission: the app that declares it, its code, what it is called."""

    app: str
    code: str
    label: str


def declared() -> list[Declared]:
    """All of them, in the order of the models."""
    return [
        Declared(model._meta.app_label, f"{model._meta.app_label}.{codename}", label)
        for model in apps.get_models()
        for codename, label in (
            *_plain(model),
            *((code, str(label)) for code, label in model._meta.permissions),
        )
    ]


def called(codes: Iterable[str]) -> list[str]:
    """What permissions are called; one that is no more, by its code."""
    labels = {permission.code: permission.label for permission in declared()}
    return [labels.get(code, code) for code in codes]


def tell_permissions(version: Any) -> str:
    """The permissions of a role, as a version has them."""
    return "; ".join(called(version.permissions))


def _plain(model: Any) -> list[tuple[str, str]]:
    things = {"things": model._meta.verbose_name_plural}
    return [
        (f"{verb}_{model._meta.model_name}", str(VERBS[verb]) % things)
        for verb in ("view", "add", "change")
        if verb in model._meta.default_permissions
    ]
