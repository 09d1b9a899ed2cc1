"""A file's rows on their way into the database: some at a time, so that memory does not grow with them."""

import csv
import io
from collections.abc import Sequence

from django.db import connection
from django.db.models import Exists, F, OuterRef, QuerySet, Value

from backoffice.among import Among
from backoffice.audit.sets import insert_plain
from refunds.models import Payout, ResultImport, ResultRow
from refunds.results.comparing import gone_elsewhere
from refunds.results.parsing import Answer

COLUMNS = (
    "run_id",
    *("row", "number", "amount", "currency", "status", "reason"),
    *("elsewhere", "way"),
)
Status, State = ResultRow.Status, ResultImport.State
OVER = (State.APPLIED, State.REFUSED, State.QUARANTINED, State.CANCELLED)


def clear(run: ResultImport) -> None:
    """Forget what was staged of this file: it was applied, or a check of it was killed."""
    rows_of(run).delete()


def clear_what_is_over() -> None:
    """Forget the rows of files that will never be applied; the files themselves are kept."""
    over = ResultImport.objects.filter(state__in=OVER)
    ResultRow.objects.filter(run__in=over).delete()


def rows_of(run: ResultImport) -> QuerySet[ResultRow]:
    """What is staged of this file."""
    return ResultRow.objects.filter(run=run)


def stage(run: ResultImport, answers: Sequence[Answer]) -> None:
    """Put ``answers`` into the staging table: by COPY where there is one.

    Where the money went is compared here and not kept: it is the buyers'.
    """
    strays, way = gone_elsewhere(answers), ResultRow.Way.TOGETHER.value
    rows = [(run.pk, *answer[:-1], int(answer.row in strays), way) for answer in answers]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            statement = f"COPY {_table()} ({', '.join(COLUMNS)}) FROM STDIN WITH (FORMAT csv)"
            with cursor.copy(statement) as copy:
                copy.write(_csv(rows))
        else:
            marks = ", ".join(["%s"] * len(COLUMNS))
            statement = f"INSERT INTO {_table()} ({', '.join(COLUMNS)}) VALUES ({marks})"  # noqa: S608 - our own words
            cursor.executemany(statement, [list(map(str, row)) for row in rows])


def stage_rest(run: ResultImport, batch_id: int, status: str, reason: str) -> None:
    """Let the bank's answer about a batch as a whole stand for each payout that it does not name."""
    limit = ResultRow._meta.get_field("reason").max_length
    _stage_payouts(run, Payout.objects.filter(batch=batch_id), status, reason[:limit])


def stage_missing(run: ResultImport, batch_ids: Sequence[int]) -> None:
    """Add what these batches still wait for and the file does not name."""
    waiting = Payout.objects.filter(Among("batch", batch_ids), state__in=Payout.ON_ITS_WAY)
    _stage_payouts(run, waiting, Status.MISSING, "")


def analyse() -> None:
    """Tell PostgreSQL what is staged: it plans the joins by it."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"ANALYZE {_table()}")


def _stage_payouts(run: ResultImport, payouts: QuerySet[Payout], status: str, reason: str) -> None:
    named = rows_of(run).filter(payout=OuterRef("number"))
    insert_plain(
        ResultRow,
        payouts.filter(~Exists(named)),
        {
            "run": Value(run.pk),
            "row": Value(0),
            "payout": F("number"),
            "amount": F("amount"),
            "currency": F("currency"),
            "status": Value(status),
            "reason": Value(reason),
        },
    )


def _table() -> str:
    return ResultRow._meta.db_table


def _csv(rows: Sequence[Sequence[object]]) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows(rows)  # quoted: empty, and not NULL
    return text.getvalue()
