"""How far down the sequencer has to look: below a table's watermark every row is in the log.

On PostgreSQL a row's number is taken before its transaction commits, so a lower one may turn up later. Who
writes to a table holds a lock on it from before its first number to its end. A number that was seen
*before* those locks were listed is complete once all who held them are gone – and what they left is in
the log. SQLite has one writer at a time, who holds the numbers until the end.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Self

from django.db import connection

from backoffice.audit.log.layouts import Source, sources
from backoffice.audit.log.models import Watermark

WRITERS = """
    SELECT c.relname, l.virtualtransaction FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
    WHERE l.locktype = 'relation' AND l.mode = 'RowExclusiveLock' AND l.granted
    AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


@dataclass
class Horizon:
    """What one pass of the sequencer saw when it began, and which tables it is through with."""

    tops: dict[int, int]
    writers: dict[str, set[str]]
    marks: dict[int, Watermark]
    everything: bool = False
    through: set[int] = field(default_factory=set)

    @classmethod
    def seen(cls, *, everything: bool = False) -> Self:
        """How things are now. The numbers come first, then who is writing: see above."""
        marks = {mark.source: mark for mark in Watermark.objects.all()}
        tops = newest()
        return cls(tops, writers(), marks, everything)

    def open(self) -> Iterator[tuple[Source, int]]:
        """The tables that may have rows to seal, and above which number to look for them."""
        for number, source in sources().items():
            above = 0 if self.everything else self._mark(number).complete
            if number not in self.through and self.tops[number] > above:
                yield source, above
                self.through.add(number)

    def reached(self) -> None:
        """Raise the watermarks: everything that was to be seen is in the log."""
        for number, source in sources().items():
            mark, top = self._mark(number), self.tops[number]
            if top > mark.complete:
                _raise(mark, top, self.writers.get(source.table, set()))

    def _mark(self, number: int) -> Watermark:
        return self.marks.setdefault(number, Watermark(source=number))


def _raise(mark: Watermark, top: int, writing: set[str]) -> None:
    left = writing.intersection(mark.waits_for)
    if not writing:
        mark.complete, mark.candidate, mark.waits_for = top, 0, []
    elif mark.candidate and left:
        mark.waits_for = sorted(left)
    else:
        mark.complete = max(mark.complete, mark.candidate)
        mark.candidate, mark.waits_for = top, sorted(writing)
    mark.save()


def newest() -> dict[int, int]:
    """The highest number of each table that is to be seen, in one query."""
    parts = [
        f"SELECT {number:d}, MAX({source.key}) FROM {source.table}"  # noqa: S608 - our own words
        for number, source in sources().items()
    ]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts))
        return {number: top or 0 for number, top in cursor.fetchall()}


def writers() -> dict[str, set[str]]:
    """Who is writing to which table, and has not come to an end."""
    found: dict[str, set[str]] = defaultdict(set)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(WRITERS)
            for table, transaction in cursor.fetchall():
                found[table].add(transaction)
    return found
