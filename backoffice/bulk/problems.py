"""The rows of a file that cannot be used, on their way into the table: some at a time.

So memory does not grow with their number, and every one of them can be looked at and taken away.
"""

from typing import Any, cast

from django.utils.functional import Promise

from backoffice.bulk.models import FileRun
from backoffice.sentences import said

PAGE = 2_000  # problems that are in memory at once


class Problems:
    """Those of one check of ``run``. What a check that was killed had found is forgotten first."""

    def __init__(self, run: FileRun) -> None:
        self.count = 0
        self._run = cast(Any, run)  # each kind of run has its problems
        self._rows: list[Any] = []
        self._run.problems.all().delete()

    def add(self, row: int, field: str | Promise, message: str | Promise) -> None:
        """One more: the row as the file counts (0: the file as a whole), the field, and a sentence."""
        self.count += 1
        model = self._run.problems.model
        self._rows.append(model(run=self._run, row=row, field=said(field), message=said(message)))
        if len(self._rows) == PAGE:
            self.write()

    def write(self) -> None:
        """Write down what is still in memory."""
        self._run.problems.bulk_create(self._rows)
        self._rows = []
