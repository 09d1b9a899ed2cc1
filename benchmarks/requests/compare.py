"""The comparison: the same requests, opened three ways, one after the other in one run."""

import json
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from django.db import connection

from backoffice.actors import INSTALLER, system
from backoffice.audit.recording import recorded
from benchmarks.requests.limit import by_hand
from benchmarks.requests.stock import by_stock
from merchants.models import Merchant, Store
from orders.models import Order
from refunds.models import CaseLine, RefundCase
from tests.refunds.many import PRICE, make_orders

HEADER = ["Request number", "Order number", "Kind", "Reason code", "SKU", "Quantity"]
SAMPLE = 500  # of the stock way, which would take the better part of a day


@dataclass(frozen=True)
class Ours:
    """What our process says of itself."""

    cases: int
    check: float
    apply: float
    megabytes: float


def compare(count: int) -> None:
    """Open ``count`` requests our way and at the limit, a sample the stock way; print it."""
    few, sample = max(count // 10, 1), min(SAMPLE, count)
    with recorded(system(INSTALLER), "A benchmark."):
        merchant = Merchant.objects.create(code="asked", name="Asked")
        stores = [
            Store.objects.create(merchant=merchant, code=f"asked-{n}", name=f"A{n}")
            for n in range(4)
        ]
    files = [
        _rows(store, number)
        for store, number in zip(stores, (few, sample, count, count), strict=True)
    ]
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    ours_few = _ours(stores[0], files[0])
    began = time.perf_counter()
    by_stock(stores[1], HEADER, files[1])
    stock = (time.perf_counter() - began) / sample * count
    began = time.perf_counter()
    by_hand(stores[2], files[2])
    limit = time.perf_counter() - began
    ours = _ours(stores[3], files[3])
    assert (ours_few.cases, ours.cases) == (few, count)
    _check_rows(stores[2], stores[3])
    seconds = ours.check + ours.apply
    sys.stdout.write(
        f"refund requests, {count} rows of {count} orders, PostgreSQL\n"
        f"  ours (check and apply)  {seconds:8.2f} s   {ours.check:.2f} s + {ours.apply:.2f} s\n"
        f"  stock, row by row       {stock:8.2f} s   measured on {sample}: {stock / seconds:.0f} × ours\n"
        f"  limit (SQL, no checks)  {limit:8.2f} s   our apply is {ours.apply / limit:.2f} × the limit\n"
        f"  our peak memory         {ours_few.megabytes:8.1f} MB at {few}, {ours.megabytes:.1f} MB at {count}\n"
    )


def _rows(store: Store, number: int) -> list[list[str]]:
    """A request about one piece of the line of each of ``number`` new orders."""
    orders = make_orders([store], number)
    names = Order.objects.filter(pk__in=orders).order_by("pk").values_list("number", flat=True)
    return [[f"R-{name}", name, "refund_only", "C01", "SKU", "1"] for name in names]


def _ours(store: Store, rows: list[list[str]]) -> Ours:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "requests.csv"
        path.write_text("\n".join(",".join(row) for row in [HEADER, *rows]), encoding="utf-8")
        command = [sys.executable, "-m", "benchmarks.requests.child", str(path), store.code]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)  # noqa: S603
    return Ours(**json.loads(done.stdout))


def _check_rows(*stores: Store) -> None:
    """Every way wrote the same: per request a case with its line, and a version of each."""
    for store in stores:
        cases = RefundCase.objects.filter(store=store)
        orders = Order.objects.filter(store=store).count()
        assert cases.count() == orders
        assert set(cases.values_list("amount_requested", flat=True)) == {PRICE}
        assert CaseLine.objects.filter(case__store=store).count() == orders
        assert RefundCase.history.filter(store=store).count() == orders
