"""The comparison: the same payouts as CSV and as a workbook, ours and the plainest other way."""

import json
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
from merchants.models import Membership, Merchant, Store
from refunds.lists import PayoutListResource
from refunds.models import Payout
from tests.flushing import unguarded
from tests.refunds.many import make_overdue

CASES = 20_000  # whose payouts they are: what is joined, and not what is measured
WORKBOOK = 100_000  # rows of a workbook
ROUNDS = 3
COLUMNS = PayoutListResource.chosen(PayoutListResource._meta.export_order)
MAKE = """
    INSERT INTO refunds_payout (number, case_id, amount, currency, purpose, reason, channel, method,
        destination, payee, bank_code, state, frozen, bank_reason, queued_at)
    SELECT 'PO-' || lpad(n::text, 11, '0'), (%(cases)s::bigint[])[1 + n %% %(many)s], 10 + n %% 9000 / 100.0,
        'CNY', 'refund', 'C01', CASE WHEN n %% 50 = 0 THEN '=1+1' ELSE 'alipay' END, 'original',
        '4200' || lpad(n::text, 12, '0'), '', '', 'cancelled', false, '', now() - n * interval '1 second'
    FROM generate_series(1, %(count)s) AS n
"""


def compare(count: int) -> None:
    """Export ``count`` payouts as CSV and up to 100,000 as a workbook, and print seconds and ratios."""
    store = _fill(count)
    with tempfile.TemporaryDirectory() as folder:
        ours = [_ours("csv", f"store={store.pk}", Path(folder) / "ours.csv") for _ in range(ROUNDS)]
        bare = sorted(_timed(lambda: _bare_copy(Path(folder) / "bare.csv")) for _ in range(ROUNDS))
        lines = (Path(folder) / "ours.csv").read_text(encoding="utf-8-sig").splitlines()
        assert len(lines) == count + 1
        assert sum(",'=1+1," in line for line in lines) == count // 50
        _keep(WORKBOOK)
        book, rows = Path(folder) / "ours.xlsx", min(count, WORKBOOK)
        sheet = [_ours("xlsx", f"store={store.pk}", book) for _ in range(ROUNDS)]
        stock = _timed(lambda: _by_openpyxl(Path(folder) / "stock.xlsx"))
        differing = _differences(book, Path(folder) / "stock.xlsx")
    assert differing == 0
    seconds, limit = _middle(ours, "seconds"), bare[ROUNDS // 2]
    sheets = _middle(sheet, "seconds")
    sys.stdout.write(
        f"export, {count} payouts as CSV, {rows} as XLSX, PostgreSQL, medians of {ROUNDS}\n"
        f"  our CSV                 {seconds:8.2f} s   {seconds / limit:.2f} × COPY, "
        f"peak {_middle(ours, 'megabytes'):.0f} MB, of which the program {_middle(ours, 'program'):.0f} MB\n"
        f"  COPY, no guard          {limit:8.2f} s\n"
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
    with unguarded(), connection.cursor() as cursor:  # a million versions would only take time
        cursor.execute(MAKE, {"cases": cases, "many": len(cases), "count": count})
        cursor.execute("VACUUM ANALYZE")
    return store


def _keep(count: int) -> None:
    """Leave the first payouts alone."""
    with unguarded(), connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM refunds_payout WHERE id NOT IN (SELECT id FROM refunds_payout ORDER BY id LIMIT %s)",
            [count],
        )
        cursor.execute("VACUUM ANALYZE")


def _rows() -> QuerySet:
    return Payout.objects.filter(case__store__code="export").order_by("-pk")


def _ours(file_format: str, query: str, path: Path) -> dict[str, Any]:
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
