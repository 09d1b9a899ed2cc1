"""An audited table and the table of its versions, as the guards see them."""

from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import connection, models

from backoffice.audit.models import Version


@dataclass(frozen=True)
class Pair:
    """``number`` tells it from the others, ``columns`` are those that a version keeps, ``documents`` the JSON."""

    number: int
    live: str
    versions: str
    columns: tuple[str, ...]
    documents: frozenset[str]


def pairs() -> list[Pair]:
    """Every audited table, by name."""
    versions: list[Any] = [model for model in apps.get_models() if issubclass(model, Version)]
    ordered = sorted(versions, key=lambda model: model.instance_type._meta.db_table)
    return [_pair(number, model) for number, model in enumerate(ordered)]


def _pair(number: int, versions: Any) -> Pair:
    live: type[models.Model] = versions.instance_type
    tracked: list[models.Field] = versions.tracked_fields
    return Pair(
        number=number,
        live=live._meta.db_table,
        versions=versions._meta.db_table,
        columns=tuple(_quoted(field) for field in tracked),
        documents=frozenset(
            _quoted(field) for field in tracked if isinstance(field, models.JSONField)
        ),
    )


def _quoted(field: models.Field) -> str:
    return connection.ops.quote_name(str(field.column))
