"""The comparison: the same overdue cases, decided three ways, one after the other in one run."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import connection

from backoffice.actors import INSTALLER, system
from backoffice.audit.recording import recorded
from benchmarks.sweep.limit import by_hand
from benchmarks.sweep.stock import one_by_one
from merchants.models import Merchant, Store
from refunds.models import CaseLine, Payout, RefundCase, State
from tests.refunds.many import make_overdue

STORES = 50
SAMPLE = 1_000  # of the stock loop, which would take the better part of an hour


@dataclass(frozen=True)
class Ours:
    """What our sweep's process says of itself."""

    decided: int
    seconds: float
    pages: list[float]
    megabytes: float


def compare(count: int) -> None:
    """Decide ``count`` overdue cases our way and at the limit, a sample the stock way; print it."""
    stores, few = _stores(), max(count // 10, 1)
    ours_few = _measured(stores, few, lambda _ids: _ours())
    stock = _measured(stores, min(SAMPLE, count), lambda ids: _timed(lambda: one_by_one(ids)))
    limit = _measured(stores, count, lambda _ids: _timed(by_hand))
    ours = _measured(stores, count, lambda _ids: _ours())
    assert (ours_few.decided, ours.decided) == (few, count)
    _check_rows()
    per_case, stock_per_case = ours.seconds / count, stock / min(SAMPLE, count)
    sys.stdout.write(
        f"sweep, {count} overdue cases of {STORES} stores, PostgreSQL\n"
        f"  ours                    {ours.seconds:8.2f} s   {per_case * 1e6:8.0f} µs a case\n"
        f"  stock loop              {stock_per_case * count:8.2f} s   {stock_per_case * 1e6:8.0f} µs a case, "
        f"measured on {min(SAMPLE, count)}: {stock_per_case / per_case:.0f} × ours\n"
        f"  limit (SQL, no checks)  {limit:8.2f} s   {limit / count * 1e6:8.0f} µs a case, "
        f"ours is {ours.seconds / limit:.2f} × the limit\n"
        f"  our first page          {ours.pages[0] * 1e6:8.0f} µs a case\n"
        f"  our last page           {ours.pages[-1] * 1e6:8.0f} µs a case, "
        f"{ours.pages[-1] / ours.pages[0]:.2f} × the first, of {len(ours.pages)}\n"
        f"  our peak memory         {ours_few.megabytes:8.1f} MB at {few}, "
        f"{ours.megabytes:.1f} MB at {count}\n"
    )


def _stores() -> list[Store]:
    """Stores whose daily caps have room for all of it: the caps are asked, and stop nothing."""
    room: dict[str, Any] = {"daily_cap_count": 10**6, "daily_cap_amount": 10**9}
    with recorded(system(INSTALLER), "A benchmark."):
        merchant = Merchant.objects.create(code="sweep", name="Sweep")
        return [
            Store.objects.create(merchant=merchant, code=f"sweep-{n}", name=f"S{n}", **room)
            for n in range(STORES)
        ]


def _measured(stores: list[Store], count: int, way: Callable[[list[int]], Any]) -> Any:
    """What ``way`` gives about ``count`` new overdue cases; all decided by it."""
    case_ids = make_overdue(stores, count)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    result = way(case_ids)
    assert not RefundCase.objects.filter(state=State.REQUESTED).exists()
    return result


def _timed(work: Callable[[], None]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _ours() -> Ours:
    command = [sys.executable, "-m", "benchmarks.sweep.child"]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)  # noqa: S603
    return Ours(**json.loads(done.stdout))


def _check_rows() -> None:
    """Every way wrote the same: per case one payout, and one version of each row that changed."""
    cases = RefundCase.objects.count()
    for model, versions in ((RefundCase, 2), (CaseLine, 2), (Payout, 1)):
        assert model.objects.count() == cases, model
        assert model.history.count() == versions * cases, model
