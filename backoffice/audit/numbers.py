"""A version's number: 1, 2, 3 … within its row. The database counts, in the INSERT itself."""

from typing import Any

from django.db import connection, models
from django.db.models import Expression, F, OuterRef, Subquery, Value
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce

FIRST = 1


class VersionNumber(models.IntegerField):
    """One more than the last number of the same row; a row's first version asks nothing."""

    db_returning = True  # the INSERT gives it back, so no query asks for it

    def pre_save(self, model_instance: Any, add: bool) -> Any:
        """The number that was given, or the database's."""
        given = super().pre_save(model_instance, add)
        if given is not None:
            return given
        return FIRST if model_instance.history_type == "+" else _next(model_instance)


def _next(version: Any) -> RawSQL:
    """One more than the last number of ``version``'s row, as part of a statement."""
    field = version._meta.get_field("history_number")
    row = version._meta.get_field(version.instance_type._meta.pk.attname)
    quote = connection.ops.quote_name
    return RawSQL(  # noqa: S611 - names of our own tables
        f"SELECT COALESCE(MAX({quote(field.column)}), 0) + 1 FROM {quote(version._meta.db_table)} "  # noqa: S608 - our own words
        f"WHERE {quote(row.column)} = %s",
        [getattr(version, row.attname)],
        output_field=models.IntegerField(),
    )


def numbers_of_many(model: type[models.Model], kind: str) -> Expression | F:
    """The next number of each live row of a query, for one statement that writes all versions."""
    if kind == "+":
        return Value(FIRST)
    last = model._base_manager.filter(id=OuterRef("pk")).order_by("-history_number")
    return Coalesce(Subquery(last.values("history_number")[:1]), 0) + Value(1)
