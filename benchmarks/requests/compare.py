"""The comparison: the same requests, opened three ways, one after the other in one run."""

import json
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from django.db import connection

from backoffice.actors import INSTALLER, system
from backoffice.audit.recording import recorded
from benchmarks.on_sqlite import on_sqlite
from benchmarks.requests.limit import by_hand
from benchmarks.requests.stock import by_stock
from benchmarks.state import digest
from merchants.models import Merchant, Store
from orders.models import Order
from refunds.models import CaseLine, RefundCase
from tests.refunds.many import PRICE, make_orders

HEADER = ["Request number", "Order number", "Kind", "Reason code", "SKU", "Quantity"]
SAMPLES = {
    "postgresql": 500,
    "sqlite": 100,
}  # of the stock way, which would take the better part of a day


@dataclass(frozen=True)
class Ours:
    """What our process says of itself."""

    cases: int
    check: float
    apply: float
    megabytes: float


def compare(count: int) -> None:
    """Open ``count`` requests our way and at the limit, a sample the stock way; print it."""
    few = max(count // 10, 1)
    (small, sample, by_sql, whole), files = _stores(few, _sample(count), count, count)
    ours_few = opened(small, files[0])
    stock = _stock(sample, files[1], count)
    began = time.perf_counter()
    by_hand(by_sql, files[2])
    limit = time.perf_counter() - began
    ours = opened(whole, files[3])
    _check_rows(small, by_sql, whole)
    sys.stdout.write(
        f"{_figures(count, ours, stock, few, ours_few)}"
        f"  limit (SQL, no checks)  {limit:8.2f} s   our apply is {ours.apply / limit:.2f} × the limit\n"
    )
    told = on_sqlite("requests", few)
    assert told.state == _state_of(small), "SQLite was left with something else than PostgreSQL"
    sys.stdout.write(told.figures)


def run(count: int) -> tuple[str, str]:
    """The figures of a file of ``count`` requests in this database, and what it left."""
    few = max(count // 10, 1)
    (whole, sample, small), files = _stores(count, _sample(count), few)
    ours = opened(whole, files[0])
    stock = _stock(sample, files[1], count)
    ours_few = opened(small, files[2])
    _check_rows(whole, small)
    return _figures(count, ours, stock, few, ours_few), _state_of(whole)


def _stores(*numbers: int) -> tuple[list[Store], list[list[list[str]]]]:
    """A store for each number, with so many orders, and the rows of a file about them."""
    with recorded(system(INSTALLER), "A benchmark."):
        merchant = Merchant.objects.create(code="asked", name="Asked")
        stores = [
            Store.objects.create(merchant=merchant, code=f"asked-{n}", name=f"A{n}")
            for n in range(len(numbers))
        ]
    files = [rows_about(store, number) for store, number in zip(stores, numbers, strict=True)]
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")
    return stores, files


def _stock(store: Store, rows: list[list[str]], count: int) -> float:
    """The seconds that the stock way would take, by a sample."""
    began = time.perf_counter()
    by_stock(store, HEADER, rows)
    return (time.perf_counter() - began) / len(rows) * count


def _sample(count: int) -> int:
    return min(SAMPLES[connection.vendor], count)


def _figures(count: int, ours: Ours, stock: float, few: int, small: Ours) -> str:
    seconds = ours.check + ours.apply
    return (
        f"refund requests, {count} rows of {count} orders, {connection.display_name}\n"
        f"  ours (check and apply)  {seconds:8.2f} s   {ours.check:.2f} s + {ours.apply:.2f} s\n"
        f"  stock, row by row       {stock:8.2f} s   measured on {_sample(count)}: "
        f"{stock / seconds:.0f} × ours\n"
        f"  our peak memory         {small.megabytes:8.1f} MB at {few}, "
        f"{ours.megabytes:.1f} MB at {count}\n"
    )


def rows_about(store: Store, number: int) -> list[list[str]]:
    """A request about one piece of the line of each of ``number`` new orders."""
    orders = make_orders([store], number)
    names = Order.objects.filter(pk__in=orders).order_by("pk").values_list("number", flat=True)
    return [[f"R-{name}", name, "refund_only", "C01", "SKU", "1"] for name in names]


def opened(store: Store, rows: list[list[str]]) -> Ours:
    """A file of these rows, checked and applied in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "requests.csv"
        path.write_text("\n".join(",".join(row) for row in [HEADER, *rows]), encoding="utf-8")
        command = [sys.executable, "-m", "benchmarks.requests.child", str(path), store.code]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)  # noqa: S603
    ours = Ours(**json.loads(done.stdout))
    assert ours.cases == len(rows)
    return ours


def _check_rows(*stores: Store) -> None:
    """Every way wrote the same: per request a case with its line, and a version of each."""
    for store in stores:
        cases = RefundCase.objects.filter(store=store)
        orders = Order.objects.filter(store=store).count()
        assert cases.count() == orders
        assert set(cases.values_list("amount_requested", flat=True)) == {PRICE}
        assert CaseLine.objects.filter(case__store=store).count() == orders
        assert RefundCase.history.filter(store=store).count() == orders


def _state_of(store: Store) -> str:
    """What a file left of the store's cases: each with its line, and every version of both."""
    cases = RefundCase.objects.filter(store=store)
    lines = CaseLine.objects.filter(case__store=store)
    versions = ("action", "history_number", "history_change_reason")
    ids = lines.values("pk")
    return digest(
        chain(
            cases.order_by("pk").values_list(
                "kind",
                "state",
                "reason__code",
                "amount_requested",
                "clock",
                "stage",
                "risk",
                "version",
            ),
            lines.order_by("case", "pk").values_list("quantity", "amount_requested"),
            RefundCase.history.filter(store=store)
            .order_by("id", "history_number")
            .values_list("state", *versions),
            CaseLine.history.filter(id__in=ids)
            .order_by("id", "history_number")
            .values_list(*versions),
        )
    )
