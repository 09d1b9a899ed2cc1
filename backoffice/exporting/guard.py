"""The guard of ``backoffice.bulk.cells`` in PostgreSQL's words: the same cells, made by the database."""

from typing import Any

from django.conf import settings
from django.db.models import CharField, DateTimeField, Func

from backoffice.bulk.cells import BREAKS, MARKS, SKIPPED

STARTS = BREAKS.replace("\0", "")  # no text of PostgreSQL has NUL
BEFORE = SKIPPED.replace("\0", "")


def _quoted(text: str) -> str:
    """A string of SQL, in which the driver does not look for parameters."""
    return "'" + text.replace("'", "''").replace("%", "%%") + "'"


def _class(chars: str) -> str:
    return "[" + "".join(f"\\u{ord(char):04x}" for char in chars) + "]"


PATTERN = f"^({_class(STARTS)}|{_class(BEFORE)}*{_class(MARKS)})"
# Only a text that is empty (0), or whose first letter is one of these, is looked at more closely: few are.
FIRST = ", ".join(["0", *(str(ord(char)) for char in sorted({*STARTS, *BEFORE, *MARKS}))])


class GuardedText(Func):
    """A text as a cell of CSV: with an apostrophe where it could be run, ``NULL`` where empty."""

    output_field = CharField()
    arity = 1
    template = (
        f"CASE WHEN ascii(%(expressions)s) IN ({FIRST}) THEN CASE WHEN %(expressions)s = '' THEN NULL "
        f"WHEN %(expressions)s ~ {_quoted(PATTERN)} THEN '''' || %(expressions)s "
        "ELSE %(expressions)s END ELSE %(expressions)s END"
    )

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """The expression stands several times in the statement, and so do its parameters."""
        sql, params = self.as_sql(compiler, connection, **context)
        return sql, [*params] * self.template.count("%(expressions)s")


class LocalMoment(Func):
    """A moment as a cell of CSV, in the desk's time; PostgreSQL writes a plain timestamp as we do."""

    output_field = DateTimeField()
    arity = 1
    template = f"date_trunc('second', %(expressions)s AT TIME ZONE {_quoted(settings.TIME_ZONE)})"
