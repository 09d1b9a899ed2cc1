"""Everything whose history belongs to one case: what its proof has to hold."""

from collections.abc import Iterator

from django.db import models

from backoffice.audit.models import Audited
from backoffice.audit.portions import audited_models
from refunds.models import RefundCase


def rows_of(case: RefundCase) -> list[Audited]:
    """The case, and every audited row that is of it, directly or by another of its rows."""
    found: list[Audited] = [case]
    for model, lookup in _parts():
        found += model._base_manager.filter(**{lookup: case}).order_by("pk")
    return found


def _parts() -> Iterator[tuple[type[Audited], str]]:
    """The models that point to a case, then those that point to them, and how each is looked up."""
    audited = audited_models()
    direct = {
        model: field.name
        for model in audited
        for field in _keys(model)
        if field.related_model is RefundCase and model is not RefundCase
    }
    yield from direct.items()
    for model in audited:
        for field in _keys(model) if model not in direct else ():
            if field.related_model in direct:
                yield model, f"{field.name}__{direct[field.related_model]}"


def _keys(model: type[Audited]) -> list[models.ForeignKey]:
    return [field for field in model._meta.fields if isinstance(field, models.ForeignKey)]
