"""The comparison: the same payouts as CSV and as a workbook, ours and the plainest other way."""

import csv
import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
from django.db import connection
from django.db.models import QuerySet

from backoffice.actors import INSTALLER, system
from backoffice.audit.recording import recorded
from backoffice.exporting import tables
from backoffice.exporting.columns import Kind
from backoffice.models import User
from benchmarks.on_sqlite import on_sqlite
from benchmarks.state import digest
from merchants.models import Membership, Merchant, Store
from refunds.lists import PayoutListResource
from refunds.models import Payout
from tests.flushing import unguarded
from tests.refunds.many import make_overdue

CASES = 20_000  # whose payouts they are: what is joined, and not what is measured
WORKBOOK = 100_000  # rows of a workbook
ROUNDS = 3
TAG = re.compile(r"M\d+-")  # which call made the orders: two databases count by themselves
COLUMNS = PayoutListResource.chosen(PayoutListResource._meta.export_order)
# What differs between the databases' ways to write it.
WORDS = {
    "postgresql": {
        "number": "lpad(n::text, {width}, '0')",
        "at": "timestamptz '2026-11-01 00:00:00+00' - n * interval '1 second'",
        "series": "SELECT generate_series(1, %(count)s) AS n",
    },
    "sqlite": {
        "number": "printf('%%0{width}d', n)",
        "at": "datetime('2026-11-01 00:00:00', '-' || n || ' seconds')",
        "series": "WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < %(count)s) "
        "SELECT n FROM s",
    },
}
MAKE = """
    INSERT INTO refunds_payout (number, case_id, amount, currency, purpose, reason, channel, method,
        destination, payee, bank_code, state, frozen, bank_reason, queued_at)
    SELECT 'PO-' || {number}, c.id, 10 + n %% 9000 / 100.0,
        'CNY', 'refund', 'C01', CASE WHEN n %% 50 = 0 THEN '=1+1' ELSE 'alipay' END, 'original',
        '4200' || {long}, '', '', 'cancelled', false, '', {at}
    FROM ({series}) AS series
    JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS place FROM refunds_refundcase
        WHERE store_id = %(store)s) AS c ON c.place = n %% %(many)s
    ORDER BY n
"""


def compare(count: int) -> None:
    """Export ``count`` payouts as CSV and up to 100,000 as a workbook, and print seconds and ratios."""
    store, few = _fill(count), min(count, WORKBOOK)
    with tempfile.TemporaryDirectory() as folder:
        ours = [_ours("csv", store, Path(folder) / "ours.csv") for _ in range(ROUNDS)]
        bare = sorted(_timed(lambda: _bare_copy(Path(folder) / "bare.csv")) for _ in range(ROUNDS))
        _check_csv(Path(folder) / "ours.csv", count)
        _keep(few)
        sheet, stock, state = _books(store, Path(folder))
    limit = bare[ROUNDS // 2]
    sys.stdout.write(
        f"export, {count} payouts as CSV, {few} as XLSX, PostgreSQL, medians of {ROUNDS}\n"
        f"{_figures(ours, limit, 'COPY', sheet, stock)}"
    )
    told = on_sqlite("export", few)
    assert told.state == state, "SQLite's file is another than PostgreSQL's"
    sys.stdout.write(told.figures)


def run(count: int) -> tuple[str, str]:
    """The figures of ``count`` payouts in this database, and the digest of their file."""
    store = _fill(count)
    with tempfile.TemporaryDirectory() as folder:
        ours = [_ours("csv", store, Path(folder) / "ours.csv") for _ in range(ROUNDS)]
        bare = sorted(_timed(lambda: _plainly(Path(folder) / "bare.csv")) for _ in range(ROUNDS))
        _check_csv(Path(folder) / "ours.csv", count)
        sheet, stock, state = _books(store, Path(folder))
    figures = _figures(ours, bare[ROUNDS // 2], "csv.writer", sheet, stock)
    head = f"export, {count} payouts as CSV and as XLSX, {connection.display_name}, medians of {ROUNDS}\n"
    return head + figures, state


def _books(store: Store, folder: Path) -> tuple[list[dict[str, Any]], float, str]:
    """Ours and openpyxl's of all rows that there are, cell by cell the same; and the same rows as text."""
    book, text = folder / "ours.xlsx", folder / "few.csv"
    sheet = [_ours("xlsx", store, book) for _ in range(ROUNDS)]
    stock = _timed(lambda: _by_openpyxl(folder / "stock.xlsx"))
    assert _differences(book, folder / "stock.xlsx") == 0
    _ours("csv", store, text)
    lines = text.read_text(encoding="utf-8-sig").splitlines()
    return sheet, stock, digest([TAG.sub("M-", line)] for line in lines)


def _check_csv(path: Path, count: int) -> None:
    """Every row is there, and every formula is guarded."""
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    assert len(lines) == count + 1
    assert sum(",'=1+1," in line for line in lines) == count // 50


def _figures(
    ours: list[dict[str, Any]], limit: float, bare: str, sheet: list[dict[str, Any]], stock: float
) -> str:
    seconds, sheets = _middle(ours, "seconds"), _middle(sheet, "seconds")
    return (
        f"  our CSV                 {seconds:8.2f} s   {seconds / limit:.2f} × {bare}, "
        f"peak {_middle(ours, 'megabytes'):.0f} MB, of which the program {_middle(ours, 'program'):.0f} MB\n"
        f"  {bare + ', no guard':<24}{limit:8.2f} s\n"
        f"  our XLSX                {sheets:8.2f} s   peak {_middle(sheet, 'megabytes'):.0f} MB; "
        "every cell is openpyxl's\n"
        f"  openpyxl, write-only    {stock:8.2f} s   {stock / sheets:.1f} × ours\n"
    )


def _fill(count: int) -> Store:
    """A store with so many payouts, and somebody who may export them."""
    with recorded(system(INSTALLER), "A benchmark."):
        merchant = Merchant.objects.create(code="export", name="Export")
        store = Store.objects.create(merchant=merchant, code="export", name="Export")
        user = User.objects.create(username="exporter")
        Membership.objects.create(user=user, role="finance", store=store)
    cases = make_overdue([store], min(CASES, count))
    words = WORDS[connection.vendor]
    statement = MAKE.format(
        number=words["number"].format(width=11),
        long=words["number"].format(width=12),
        **_rest(words),
    )
    with unguarded(), connection.cursor() as cursor:  # a million versions would only take time
        cursor.execute(statement, {"store": store.pk, "many": len(cases), "count": count})
    _analyse()
    return store


def _rest(words: dict[str, str]) -> dict[str, str]:
    return {name: word for name, word in words.items() if name != "number"}


def _analyse() -> None:
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")


def _keep(count: int) -> None:
    """Leave the first payouts alone."""
    with unguarded(), connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM refunds_payout WHERE id NOT IN (SELECT id FROM refunds_payout ORDER BY id LIMIT %s)",
            [count],
        )
    _analyse()


def _rows() -> QuerySet:
    return Payout.objects.filter(case__store__code="export").order_by("-pk")


def _ours(file_format: str, store: Store, path: Path) -> dict[str, Any]:
    query = f"store={store.pk}"
    command = [sys.executable, "-m", "benchmarks.export.child", file_format, query, str(path)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)  # noqa: S603
    return dict(json.loads(done.stdout))


def _timed(work: Any) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _middle(rounds: list[dict[str, Any]], name: str) -> float:
    return float(sorted(one[name] for one in rounds)[len(rounds) // 2])


def _bare_copy(path: Path) -> None:
    """The same columns in the same order, sent as they stand."""
    select = _rows().values_list(*(column.says for column in COLUMNS)).query
    operations: Any = connection.ops
    statement = operations.compose_sql(*select.sql_with_params())
    with (
        path.open("wb") as file,
        connection.cursor() as cursor,
        cursor.cursor.copy(f"COPY ({statement}) TO STDOUT WITH (FORMAT csv)") as copy,
    ):
        for block in copy:
            file.write(block)


def _plainly(path: Path) -> None:
    """The same columns in the same order, by the standard library, as they stand."""
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(
            _rows().values_list(*(column.says for column in COLUMNS)).iterator()
        )


def _cells() -> Iterator[list[Any]]:
    """The same cells, amounts as numbers."""
    amounts = [column.kind is Kind.AMOUNT for column in COLUMNS]
    for row in tables.values(COLUMNS, _rows()):
        yield [
            Decimal(cell) if is_amount and cell is not None else cell
            for cell, is_amount in zip(row, amounts, strict=True)
        ]


def _by_openpyxl(path: Path) -> None:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Payouts")
    sheet.append([column.heading for column in COLUMNS])
    for row in _cells():
        sheet.append(row)
    book.save(path)


def _differences(ours: Path, stock: Path) -> int:
    """How many cells of the two workbooks differ; where one has fewer rows, all of those do."""
    sheets = [openpyxl.load_workbook(path, read_only=True).worksheets[0] for path in (ours, stock)]
    rows = zip(*(sheet.iter_rows(values_only=True) for sheet in sheets), strict=True)
    return sum(not _same(a, b) for one, other in rows for a, b in zip(one, other, strict=True))


def _same(ours: Any, stock: Any) -> bool:
    return bool((ours or None) == (stock or None))
