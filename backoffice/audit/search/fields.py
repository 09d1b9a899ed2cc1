"""Which fields of a row are told in the index, which by their values, and which as amounts."""

from collections.abc import Iterable

from django.db import models

from backoffice.audit.models import Audited, version_model
from backoffice.audit.timeline import HIDDEN, has_teller
from backoffice.privacy.reading import current_look
from backoffice.privacy.sealed import Sealed

# What no column of text can tell: files and lists of figures have pages of their own.
UNTOLD = (models.FileField, models.BinaryField, models.JSONField)
_sensitive: set[tuple[type[models.Model], str]] = set()


def register_sensitive(model: type[models.Model], *names: str) -> None:
    """Never copy the values of these fields: the index says only that they changed.

    A field class says the same of all its fields by ``sensitive = True``.
    """
    _sensitive.update((model, name) for name in names)


def is_sensitive(field: models.Field) -> bool:
    """Whether the index keeps silent about the field's values."""
    return getattr(field, "sensitive", False) or (field.model, field.name) in _sensitive


def note_clear(rows: Iterable[models.Model]) -> None:
    """Put on record that a reader is given the sensitive fields of ``rows`` in clear, as they are stored.

    What is sealed is ciphertext to whoever gets it, and no reading.
    """
    look = current_look()
    if look is None:
        return
    for row in rows:
        for field in row._meta.concrete_fields:
            value = getattr(row, field.attname) if is_sensitive(field) else None
            if value not in (None, "") and not isinstance(value, Sealed):
                look.note(f"{row._meta.label_lower} {row.pk} {field.name}")


def is_told(field: models.Field) -> bool:
    """Whether the index has the field's values, before and after: plain ones that anybody may read.

    Values that an app tells in words of its own need the whole version: the row's history has them.
    """
    return not is_sensitive(field) and not has_teller(field) and not isinstance(field, UNTOLD)


def is_amount(field: models.Field) -> bool:
    """Whether the field's values can be asked for by a range."""
    return isinstance(field, models.DecimalField) and is_told(field)


def indexed(model: type[Audited]) -> list[models.Field]:
    """The fields whose changes are told: those that the version has, without what pages hide."""
    kept = {field.name for field in version_model(model).tracked_fields}
    return [
        field
        for field in model._meta.concrete_fields
        if field.name in kept and not field.primary_key and field.name not in HIDDEN
    ]
