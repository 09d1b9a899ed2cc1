"""The columns of a list as a file: what each is called, and how the database says it.

A resource of django-import-export names them, and offers them on its form. The rows are written by
``backoffice.exporting.tables``: a million of them never become objects.
"""

from collections.abc import Sequence
from enum import Enum
from typing import Any

from django.db.models import Expression, F
from django.utils.functional import Promise
from import_export.fields import Field
from import_export.resources import ModelResource


class Kind(Enum):
    """What a column holds.

    ``TEXT`` may be anything that somebody wrote; ``CODE`` is a word or a number that this program
    made, never an empty text, so that no spreadsheet can take it for a formula; ``WHOLE`` is a count, ``AMOUNT`` has two
    decimals, ``MOMENT`` is written in the desk's time.
    """

    TEXT = "text"
    CODE = "code"
    WHOLE = "whole"
    AMOUNT = "amount"
    MOMENT = "moment"


class Column(Field):
    """A column: its heading, and ``says``, a field's path or an expression."""

    def __init__(
        self, says: str | Expression, kind: Kind, heading: str | Promise | None = None
    ) -> None:
        super().__init__(column_name=heading)
        self.says = F(says) if isinstance(says, str) else says
        self.kind = kind

    @property
    def heading(self) -> str:
        """The heading in the current language."""
        return str(self.column_name)


class ListResource(ModelResource):
    """The columns that the export of a list offers."""

    @classmethod
    def chosen(cls, names: Sequence[str]) -> list[Column]:
        """The columns of these names, in the list's order; names that are none are left out."""
        columns: dict[str, Any] = cls.fields
        return [columns[name] for name in cls._meta.export_order if name in names]
