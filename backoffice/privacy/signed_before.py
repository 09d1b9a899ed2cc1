"""Versions that a proof speaks of already when their columns become ciphertext: they stay as they are.

Sealing them would break what was signed. Their rows are sealed all the same, and get one version more that
says so, so that each row is what its last version says. What the older ones hold in clear no erasure reaches.
"""

from collections.abc import Collection
from typing import Any

from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext_noop

from backoffice.actors import INSTALLER, Source
from backoffice.audit.log.layouts import Source as Table
from backoffice.requests import current_request_id

SEALED = gettext_noop("What was kept in clear of the buyer is ciphertext from now on.")
LAST = "history_number"


def unsigned(apps: Any, rows: Any) -> Any:
    """Of ``rows``, if they are versions, those that are in no log yet; all others."""
    if not is_history(rows.model):
        return rows
    leaves = apps.get_model("backoffice", "Leaf").objects.filter(
        source=Table(rows.model._meta.label, ()).number, row=OuterRef("pk")
    )
    return rows.exclude(Exists(leaves))


def is_history(model: Any) -> bool:
    """Whether the rows of ``model`` are versions."""
    return any(field.name == LAST for field in model._meta.fields)


def follow(apps: Any, model: Any, keys: Collection[int]) -> None:
    """One version more of each of these rows whose last one is in the log."""
    history = apps.get_model(model._meta.app_label, f"Historical{model.__name__}")
    last = dict(
        history._base_manager.filter(id__in=keys).order_by(LAST).values_list("id", "history_id")
    )
    free = unsigned(apps, history._base_manager.filter(pk__in=last.values()))
    signed = set(last.values()) - set(free.values_list("pk", flat=True))
    ended = history._base_manager.filter(pk__in=signed).in_bulk()
    live = model._base_manager.in_bulk([version.id for version in ended.values()])
    history._base_manager.bulk_create(
        _next(history, version, live[version.id]) for version in ended.values()
    )


def _next(history: Any, last: Any, live: Any) -> Any:
    names = {field.attname for field in history._meta.fields if not field.primary_key}
    values = {name: getattr(live, name) for name in names if hasattr(live, name)}
    return history(**{**values, **_stamp(history), "history_number": last.history_number + 1})


def _stamp(history: Any) -> dict[str, Any]:
    """Who, when and why: the program, while it migrates."""
    users = history._meta.get_field("history_user").related_model._base_manager
    installer = users.get(username=INSTALLER)
    return {
        "history_date": timezone.now(),
        "history_type": "~",
        "history_change_reason": SEALED,
        "history_user_id": installer.pk,
        "actor_name": INSTALLER,
        "actor_role": "",
        "source": Source.COMMAND.value,
        "action": "",
        "request_id": current_request_id(),
    }
