"""Writing a list as a file: row by row, in memory that does not grow.

CSV leaves PostgreSQL as it is written there, by ``COPY``, formula guard and all; SQLite's rows, and those
of a workbook, are written here. Either way gives the same cells.
"""

import re
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from datetime import datetime
from itertools import islice
from tempfile import TemporaryFile
from typing import IO, Any

from django.db import connection, transaction
from django.db.models import Expression, F, QuerySet
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from psycopg import Copy, OperationalError
from psycopg.pq import ExecStatus

from backoffice.bulk.cells import safe_cell
from backoffice.exceptions import BadInput
from backoffice.exporting import workbooks
from backoffice.exporting.columns import Column, Kind
from backoffice.exporting.guard import GuardedText, LocalMoment
from backoffice.privacy.keys import expect
from backoffice.privacy.sealed import TOKEN, Sealed

Pulse = Callable[[int], None]
BOM = "\ufeff"  # tells a spreadsheet that the CSV is UTF-8
BLOCK = 1_000  # rows that are written at once, between two signs of life
CHUNK = 1_000  # rows of the database's answer that are held at a time
AS_FOUND = "SET LOCAL max_parallel_workers_per_gather = 0; SET LOCAL enable_sort = off"
SEALED = b"sealed1:"
TO_QUOTE = re.compile('[,"\r\n]')


def write_csv(
    file: IO[bytes], title: str, columns: Sequence[Column], rows: QuerySet, pulse: Pulse
) -> int:
    """``rows`` as CSV in UTF-8, each line ended by a line feed; gives their number."""
    file.write((BOM + csv_line([column.heading for column in columns])).encode())
    ours = connection.vendor == "postgresql"
    blocks = _copied(columns, rows) if ours else _in_blocks(_made(columns, rows))
    with TemporaryFile() as kept:
        count = _write_plain(file, kept, blocks, pulse)
        kept.seek(0)
        while lines := b"".join(islice(kept, BLOCK)):
            file.write(_told(lines))
            pulse(count)
    return count


def _write_plain(
    file: IO[bytes], kept: IO[bytes], blocks: Generator[list[bytes], None, None], pulse: Pulse
) -> int:
    """Write lines up to the first that holds a sealed value, and keep the rest; gives their number.

    While COPY runs, its connection cannot be asked for anybody's key.
    """
    count, keeping = 0, False
    with closing(blocks):  # whatever goes wrong, the database is free again
        for block in blocks:
            lines = b"".join(block)
            keeping = keeping or SEALED in lines
            (kept if keeping else file).write(lines)
            count += len(block)
            pulse(count)
    return count


def write_xlsx(
    file: IO[bytes], title: str, columns: Sequence[Column], rows: QuerySet, pulse: Pulse
) -> int:
    """``rows`` as a workbook with one sheet; gives their number. Raises ``BadInput`` above its limit."""
    cells = [CELLS[column.kind] for column in columns]
    headings = [column.heading for column in columns]
    return workbooks.write_workbook(file, title, headings, cells, _bounded(columns, rows, pulse))


WRITERS = {"csv": write_csv, "xlsx": write_xlsx}
CELLS = {
    Kind.TEXT: workbooks.text,
    Kind.CODE: workbooks.text,
    Kind.WHOLE: workbooks.number,
    Kind.AMOUNT: workbooks.number,
    Kind.MOMENT: workbooks.moment,
}


def _copied(columns: Sequence[Column], rows: QuerySet) -> Generator[list[bytes], None, None]:
    """The lines as the database writes them, some at a time.

    They come as they are found: by an index, in one process of the server. Its usual plan sorts them on
    disk with several processes, which is quicker for a person who waits for the last line, and takes
    twice the work.
    """
    select = rows.values_list(*(_in_sql(column) for column in columns)).query
    operations: Any = connection.ops
    statement = operations.compose_sql(*select.sql_with_params())
    with (
        transaction.atomic(),
        connection.cursor() as cursor,
        connection.wrap_database_errors,
    ):
        cursor.execute(AS_FOUND)
        with cursor.cursor.copy(f"COPY ({statement}) TO STDOUT WITH (FORMAT csv)") as copy:
            yield from _arriving(copy)


def _arriving(copy: Copy) -> Generator[list[bytes], None, None]:
    """What a COPY gives, some lines at a time, each as soon as it is there.

    psycopg waits for every line anew, which takes longer than the line. What has arrived is taken without it.
    """
    take, lines = copy.connection.pgconn.get_copy_data, []
    while line := copy.read():
        size = 1
        while size > 0:
            lines.append(bytes(line))
            if len(lines) == BLOCK:
                yield lines
                lines = []
            size, line = take(1)
        if size < 0:  # nothing more will come: how it ended is still to be heard
            _hear_the_end(copy)
            break
    if lines:
        yield lines


def _hear_the_end(copy: Copy) -> None:
    """Raise what the server says went wrong with the COPY."""
    link = copy.connection.pgconn
    result = link.get_result()
    while link.get_result() is not None:
        pass
    if result is None or result.status != ExecStatus.COMMAND_OK:
        said = result.error_message if result else b"The connection is gone."
        raise OperationalError(said.decode(errors="replace"))


def _in_blocks(lines: Generator[bytes, None, None]) -> Generator[list[bytes], None, None]:
    with closing(lines):
        while block := list(islice(lines, BLOCK)):
            yield block


def _in_sql(column: Column) -> Expression | F:
    wrap = {Kind.TEXT: GuardedText, Kind.MOMENT: LocalMoment}.get(column.kind)
    return wrap(column.says) if wrap else column.says


def _made(columns: Sequence[Column], rows: QuerySet) -> Generator[bytes, None, None]:
    for row in values(columns, rows):
        yield csv_line(row).encode()


def _told(lines: bytes) -> bytes:
    """Lines with personal values as the export's owner may read them."""
    if SEALED not in lines:
        return lines
    text = lines.decode()
    for found in TOKEN.finditer(text):
        expect(Sealed(found[0]))
    return TOKEN.sub(lambda found: _quoted(_text(Sealed(found[0]))), text).encode()


def csv_line(cells: Sequence[Any]) -> str:
    """A line of CSV as PostgreSQL writes it."""
    return ",".join("" if cell is None else _quoted(str(cell)) for cell in cells) + "\n"


def _quoted(cell: str) -> str:
    if not TO_QUOTE.search(cell):
        return cell
    return '"' + cell.replace('"', '""') + '"'


def _bounded(columns: Sequence[Column], rows: QuerySet, pulse: Pulse) -> Iterator[list[Any]]:
    for count, row in enumerate(values(columns, rows), 1):
        if count >= workbooks.ROWS:
            raise BadInput(
                _("A workbook has room for %(most)d rows. Filter the list, or take it as CSV.")
                % {"most": workbooks.ROWS - 1}
            )
        if count % BLOCK == 0:
            pulse(count)
        yield row


def values(columns: Sequence[Column], rows: QuerySet) -> Iterator[list[Any]]:
    """The rows' cells: text that is safe, figures that stay figures, moments in the desk's time."""
    tame = [TAMED[column.kind] for column in columns]
    answer = rows.values_list(*(column.says for column in columns)).iterator(chunk_size=CHUNK)
    for row in answer:
        yield [
            None if value is None else made(value) for made, value in zip(tame, row, strict=True)
        ]


def _text(value: str) -> str:
    return safe_cell(str(value))


def _same(value: Any) -> Any:
    return value


def _amount(value: Any) -> str:
    return f"{value:.2f}"


def _moment(value: datetime) -> datetime:
    return localtime(value).replace(tzinfo=None, microsecond=0)


TAMED: dict[Kind, Callable[[Any], Any]] = {
    Kind.TEXT: _text,
    Kind.CODE: _same,
    Kind.WHOLE: _same,
    Kind.AMOUNT: _amount,
    Kind.MOMENT: _moment,
}
