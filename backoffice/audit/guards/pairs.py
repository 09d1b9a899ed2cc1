"""An audited table and the table of its versions, as the guards see them."""

from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import connection, models

from backoffice.audit.models import Version


@dataclass(frozen=True)
class Pair:
    """``columns`` are those that a version keeps; ``documents`` are the JSON among them."""

    live: str
    versions: str
    columns: tuple[str, ...]
    documents: frozenset[str]


def pairs() -> list[Pair]:
    """Every audited table, by name."""
    versions = (model for model in apps.get_models() if issubclass(model, Version))
    return sorted((_pair(model) for model in versions), key=lambda pair: pair.live)


def _pair(versions: Any) -> Pair:
    live: type[models.Model] = versions.instance_type
    tracked: list[models.Field] = versions.tracked_fields
    return Pair(
        live=live._meta.db_table,
        versions=versions._meta.db_table,
        columns=tuple(_quoted(field) for field in tracked),
        documents=frozenset(
            _quoted(field) for field in tracked if isinstance(field, models.JSONField)
        ),
    )


def _quoted(field: models.Field) -> str:
    return connection.ops.quote_name(str(field.column))
