"""A field for what is personal: in the row and in every version of it stands ciphertext alone."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import models
from django.db.models.query_utils import DeferredAttribute

from backoffice.privacy.keys import expect, keys_of
from backoffice.privacy.names import remember
from backoffice.privacy.sealed import Sealed, close, is_sealed


class PersonalDataInClear(RuntimeError):
    """Personal data were about to go to the database in clear. A defect, never a person's mistake."""


class PersonalValue(DeferredAttribute):
    """The attribute of a row: what was read knows from where, so that its reading can be put on record."""

    def __get__(self, instance: Any, cls: Any = None) -> Any:
        value = super().__get__(instance, cls)
        if isinstance(value, Sealed) and not value.place:
            value.place = f"{instance._meta.label_lower} {instance.pk} {self.field.name}"
        return value

    def __set__(self, instance: Any, value: Any) -> None:
        """Beside ``__get__``, or Python would look no further than the row's own values."""
        instance.__dict__[self.field.attname] = value


class PersonalTextField(models.TextField):
    """Text about a person. Its model says about whom: ``data_subject``.

    A plain text is sealed when its row is saved; equal text of one person gives equal bytes. It can be
    compared, copied and counted in SQL, and searched for as a whole – never for a part of it. Of
    somebody's name the words are remembered, too (``backoffice.privacy.names``).
    """

    descriptor_class = PersonalValue
    sensitive = True  # the search in history keeps silent about its values

    def __init__(self, *args: Any, name_of_person: bool = False, **options: Any) -> None:
        super().__init__(*args, **options)
        self.name_of_person = name_of_person

    def pre_save(self, model_instance: Any, add: bool) -> Any:
        """Seal what is still in clear, and let the row keep it sealed."""
        value = getattr(model_instance, self.attname)
        if value and not isinstance(value, Sealed):
            seal_rows([model_instance], self.attname)
            value = getattr(model_instance, self.attname)
        return value

    def from_db_value(self, value: Any, *_args: Any) -> Any:
        """What a column holds, as a value that minds who reads it."""
        if not value or not is_sealed(value):
            return value
        sealed = Sealed(value)
        expect(sealed)
        return sealed

    def get_prep_value(self, value: Any) -> Any:
        """The ciphertext; raises ``PersonalDataInClear`` for anything else that says something."""
        if isinstance(value, Sealed):
            return value.token
        if value and isinstance(value, str):
            raise PersonalDataInClear(
                f"{self} takes sealed values only: use backoffice.privacy.keys.seal."
            )
        return super().get_prep_value(value)

    def value_to_string(self, obj: Any) -> str:
        """What a program reads: the ciphertext."""
        value = self.value_from_object(obj)
        return value.token if isinstance(value, Sealed) else super().value_to_string(obj)


def seal_rows(rows: Sequence[models.Model], *names: str) -> None:
    """Seal the fields ``names`` of many rows before they are written: their keys in one query."""
    seal_fields([(row, name) for row in rows for name in names])


def seal_fields(fields: Iterable[tuple[models.Model, str]]) -> None:
    """The same for fields of rows of several kinds, each named with its row."""
    plain = [
        (row, name)
        for row, name in fields
        if getattr(row, name) and not isinstance(getattr(row, name), Sealed)
    ]
    subjects = [row.data_subject for row, _name in plain]  # type: ignore[attr-defined]  # such models have it
    keys, told = keys_of(subjects), []
    for (row, name), subject in zip(plain, subjects, strict=True):
        person, cipher = keys[subject]
        text = getattr(row, name)
        setattr(row, name, close(text, person, cipher))
        if getattr(row._meta.get_field(name), "name_of_person", False):
            told.append((person, text))
    remember(told)
