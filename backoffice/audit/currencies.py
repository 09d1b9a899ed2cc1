"""What a row's amounts are in: its own currency, or that of what it is part of, or of its store."""

from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from typing import Any

from django.db import models

from backoffice.audit.models import Audited

Row = tuple[type[models.Model], Any]


@cache
def path_to_currency(model: type[Audited]) -> str:
    """The query path from a row to its currency; empty where its figures are in none."""
    if _has(model, "currency"):
        return "currency"
    if model.part_of and _has(_end(model, model.part_of), "currency"):
        return f"{model.part_of}__currency"
    return "store__currency" if _has(model, "store") else ""


def currencies(rows: Iterable[Audited]) -> dict[Row, str]:
    """The currency of each row that has amounts and not their currency; one query per model."""
    wanted: defaultdict[type[Audited], list[Any]] = defaultdict(list)
    for row in rows:
        if "__" in path_to_currency(type(row)) and _has_amounts(type(row)):
            wanted[type(row)].append(row.pk)
    found: dict[Row, str] = {}
    for model, keys in wanted.items():
        told = model._base_manager.filter(pk__in=keys).values_list("pk", path_to_currency(model))
        found.update({(model, key): currency or "" for key, currency in told})
    return found


@cache
def _has_amounts(model: type[models.Model]) -> bool:
    return any(isinstance(field, models.DecimalField) for field in model._meta.concrete_fields)


def _has(model: type[models.Model], name: str) -> bool:
    return any(field.name == name for field in model._meta.fields)


def _end(model: type[models.Model], path: str) -> type[models.Model]:
    for name in path.split("__"):
        model = model._meta.get_field(name).related_model  # type: ignore[assignment]
    return model
