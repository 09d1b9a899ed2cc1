"""Which columns of a row its leaf was made of: lists kept in a file, so that new columns break nothing old.

Every table whose rows are written once has its layouts in ``layouts.json``. A leaf says by which of them
it was hashed. A layout is never changed: a table whose columns changed gets another one.
"""

import json
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any
from zlib import crc32

from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.db import models

from backoffice.audit.append_only import guarded_models
from backoffice.audit.log.models import LogRow
from backoffice.audit.models import Version

FILE = Path(__file__).with_name("layouts.json")
KINDS: dict[type[models.Field], str] = {
    models.AutoField: "int",
    models.IntegerField: "int",
    models.BooleanField: "bool",
    models.CharField: "text",
    models.TextField: "text",
    models.FileField: "text",
    models.DateTimeField: "datetime",  # before DateField, which it derives from
    models.DateField: "date",
    models.TimeField: "time",
    models.DurationField: "duration",
    models.JSONField: "json",
    models.BinaryField: "bytes",
    models.UUIDField: "uuid",
}
Fields = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Layout:
    """One list of columns: each one's name and its kind, the key first."""

    label: str
    number: int
    fields: Fields

    @cached_property
    def prefix(self) -> bytes:
        """What stands before the line of a row, so that no other table's row has the same bytes."""
        return f"{self.label} {self.number}\t".encode()

    @property
    def names(self) -> list[str]:
        """The columns."""
        return [name for name, _kind in self.fields]


@dataclass(frozen=True)
class Source:
    """One table of rows that are written once, and its layouts, oldest first."""

    label: str
    layouts: tuple[Layout, ...]

    @property
    def number(self) -> int:
        """How leaves name the table: drawn from its label, so that nobody has to hand numbers out."""
        return crc32(self.label.encode()) >> 1

    @cached_property
    def model(self) -> type[Any]:
        """The model of the rows."""
        return apps.get_model(self.label)

    @property
    def table(self) -> str:
        """The name of the table."""
        return self.model._meta.db_table

    @property
    def key(self) -> str:
        """The column that tells its rows apart."""
        return self.model._meta.pk.attname

    @property
    def is_history(self) -> bool:
        """Whether the rows are versions of others: they have a date, and the row they are of."""
        return issubclass(self.model, Version)

    def layout(self, number: int) -> Layout | None:
        """The layout of that number; ``None`` where there is none."""
        return self.layouts[number - 1] if 0 < number <= len(self.layouts) else None


def logged_models() -> list[type[models.Model]]:
    """Every model whose rows go into the log: what is written once, and is not the log itself."""
    found = (model for model in guarded_models() if not issubclass(model, LogRow))
    return sorted(found, key=lambda model: model._meta.label)


def fields_of(model: type[models.Model]) -> Fields:
    """The columns that ``model`` has today, the key first."""
    columns = sorted(model._meta.concrete_fields, key=lambda field: not field.primary_key)
    return tuple((field.attname, kind_of(field)) for field in columns)


def kind_of(field: models.Field) -> str:
    """How the values of a column are written; raises ``ImproperlyConfigured`` for an unknown one."""
    held = field.target_field if isinstance(field, models.ForeignKey) else field
    if isinstance(held, models.DecimalField):
        return f"decimal:{held.decimal_places}"
    for known, kind in KINDS.items():
        if isinstance(held, known):
            return kind
    raise ImproperlyConfigured(
        f"The log does not know how to write {field} down: say so in backoffice.audit.log.layouts."
    )


@cache
def sources() -> dict[int, Source]:
    """Every table of the file, by its number."""
    return {source.number: source for source in read(FILE)}


@cache
def by_label() -> dict[str, Source]:
    """Every table of the file, by its label."""
    return {source.label: source for source in sources().values()}


def read(path: Path) -> list[Source]:
    """The tables and layouts of a file."""
    kept = json.loads(path.read_text(encoding="utf-8"))
    return [
        Source(
            label,
            tuple(
                Layout(label, number, tuple(fields.items()))
                for number, fields in enumerate(layouts, 1)
            ),
        )
        for label, layouts in kept.items()
    ]


def outdated(known: list[Source]) -> list[type[models.Model]]:
    """The models that have no layout of their columns as they are today."""
    last = {source.label: source.layouts[-1].fields for source in known}
    return [model for model in logged_models() if last.get(model._meta.label) != fields_of(model)]


def extended(known: list[Source]) -> list[Source]:
    """``known``, and one more layout for each model whose columns changed."""
    found = {source.label: source.layouts for source in known}
    for model in outdated(known):
        label = model._meta.label
        before = found.get(label, ())
        found[label] = (*before, Layout(label, len(before) + 1, fields_of(model)))
    return [Source(label, layouts) for label, layouts in sorted(found.items())]


def write(path: Path, known: list[Source]) -> None:
    """Put the file down: a line for each layout, so that a difference shows what was added."""
    tables = []
    for source in known:
        rows = ",\n".join(f"    {json.dumps(dict(layout.fields))}" for layout in source.layouts)
        tables.append(f'  "{source.label}": [\n{rows}\n  ]')
    path.write_text("{\n" + ",\n".join(tables) + "\n}\n", encoding="utf-8")
