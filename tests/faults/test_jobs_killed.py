"""Workers killed with SIGKILL at seeded statements of an export and three imports: each happens once.

The same is to be done for two stores. The first one's worker lives, and tells how many moments there
are; the second one's is killed at some of them, again and again, before it may come to the end.
"""

import random
from collections.abc import Iterator

import pytest

from tests.faults.install import Install
from tests.faults.nest import VERIFY, Nest, number

KILLS = number("SOAK_JOB_KILLS", 3)  # at each step
ROWS = 60
STORES = f"""
import io
from pathlib import Path
from backoffice.actors import IMPORTER, INSTALLER, person, system
from backoffice.audit.recording import recorded
from backoffice.bulk import runs
from backoffice.models import User
from merchants.models import Membership, Merchant, Store
from tests.refunds.many import make_orders
with recorded(system(INSTALLER), "A fault test."):
    merchant = Merchant.objects.create(code="m", name="M")
    one, two = (Store.objects.create(merchant=merchant, code=code, name=code) for code in "ab")
    user = User.objects.create(username="asks")
    for store in (one, two):
        Membership.objects.create(user=user, role="manager", store=store)
ROWS = {ROWS}
"""


@pytest.fixture
def nest(install: Install) -> Iterator[Nest]:
    with Nest(install) as nest:
        yield nest


def happens_once(nest: Nest, *steps: str, seed: int, traces: dict[str, str], total: int) -> None:
    """Each step for the first store, and then, killed again and again, for the second.

    Each trace counts ``total`` once the last step is done, and nothing before.
    """
    dice, kills = random.Random(seed), 0
    for step in steps:
        moments = nest.work(step.format(turn=0))
        for _kill in range(KILLS):
            kills += nest.killed(step.format(turn=1), dice.randint(1, moments))
            assert counted(nest.install, traces, "b") in ({0}, {total})
        nest.work(step.format(turn=1))
    for store in "ab":
        assert counted(nest.install, traces, store) == {total}
    nest.work(VERIFY)
    assert kills, "every worker came to its end: this proves nothing"


def counted(install: Install, traces: dict[str, str], store: str) -> set[int]:
    """What the traces count for a store, asked in one statement."""
    own = f"(SELECT id FROM merchants_store WHERE code = '{store}')"
    queries = ", ".join(f"({query.format(own=own)})" for query in traces.values())
    ((*found,),) = install.ask(f"SELECT {queries}")
    return set(found)


EXPORTS = """
from backoffice.exporting.asking import ask
from orders.models import Order
from orders.resources import OrderListResource
for store in (one, two):
    make_orders([store], ROWS)
    ask(list_of=Order, query=f"store={store.pk}", columns=OrderListResource._meta.export_order,
        file_format="csv", actor=person(user), expected=ROWS)
"""
EXPORT = """
from backoffice.exporting import running, tables
from backoffice.exporting.models import ExportRun
class Hashed(running.Hashed):
    def write(self, data):
        moment()
        return super().write(data)
tables.BLOCK, running.EVERY, running.Hashed = 7, 0, Hashed
running.carry_on(ExportRun.objects.order_by("pk")[{turn}])
"""


@pytest.mark.once
def test_an_export_killed_again_and_again_is_one_whole_file(nest: Nest) -> None:
    nest.work(STORES + EXPORTS)
    ready = "SELECT coalesce(sum(rows), 0) FROM backoffice_exportrun WHERE state = 'ready' "
    happens_once(
        nest, EXPORT, seed=20261128, total=ROWS,
        traces={
            "rows": f"{ready} AND query = 'store=' || {{own}}",
            "versions": "SELECT count(DISTINCT r.id) * 60 FROM backoffice_historicalexportrun h "
            "JOIN backoffice_exportrun r ON r.id = h.id "
            "WHERE h.state = 'ready' AND r.query = 'store=' || {own}",
        },
    )  # fmt: skip
    kept = [name for (name,) in nest.install.ask("SELECT file FROM backoffice_exportrun")]
    files = nest.install.data / "files"
    for name in kept:
        lines = (files / name).read_text().splitlines()
        assert len(set(lines)) == ROWS + 1
    left = {f"exportrun/{path.name}" for path in (files / "exportrun").iterdir()} - {*kept}
    assert len(left) <= KILLS  # half files whose row let go of them just before the end


REQUESTS = """
from orders.models import Order
from refunds.models import RequestImport
header = "Request number,Order number,Kind,Reason code,SKU,Quantity"
for store in (one, two):
    orders = Order.objects.filter(pk__in=make_orders([store], ROWS)).order_by("pk")
    rows = [f"R-{name},{name},refund_only,C01,SKU,1" for name in orders.values_list("number", flat=True)]
    file = io.BytesIO("\\n".join([header, *rows]).encode())
    runs.bring(RequestImport, file=file, name="day.csv", actor=system(IMPORTER), store=store)
"""
STATEMENTS = """
from django.utils.timezone import localdate
from refunds.models import Payout
from refunds.reconciliation.statements import bring_statement
from tests.refunds.many_sent import make_sent
header = "number,amount,currency,booked_on,direction,bank_reference"
for store in (one, two):
    make_sent(store, ROWS, size=20)  # none of them settled, as far as we know
    payouts = Payout.objects.filter(case__store=store).values_list("number", "amount")
    rows = [f"{number},{amount},CNY,{localdate()},out,B-{number}" for number, amount in payouts]
    file = io.BytesIO("\\n".join([header, *rows]).encode())
    bring_statement(store_id=store.pk, file=file, name="day.csv", actor=system(IMPORTER))
"""
RESULTS = """
from django.conf import settings
from refunds.models import ResultImport
from tests.refunds.many_sent import make_sent, write_answers
for store in (one, two):
    path = Path(settings.DATA_DIR) / f"{store.code}.csv"
    write_answers(path, make_sent(store, ROWS, size=20))
    with path.open("rb") as file:
        runs.bring(ResultImport, file=file, name="day.csv", actor=system(IMPORTER), store=store)
"""
CARRY_ON = """
from backoffice.actors import IMPORTER, system
from backoffice.bulk import runs
from backoffice.bulk.jobs import carry_on
from refunds.models import {model}
import {module} as module
module.{size} = 10
run = {model}.objects.order_by("pk")[{{turn}}]
if run.state == "checked":
    runs.confirm(run, actor=system(IMPORTER))
carry_on(run)
"""


def carry_on(model: str, module: str, size: str) -> str:
    """The next step of a run, in small pages."""
    return CARRY_ON.format(model=model, module=module, size=size)


def test_a_file_of_requests_killed_again_and_again_opens_each_case_once(nest: Nest) -> None:
    nest.work(STORES + REQUESTS)
    step = carry_on("RequestImport", "refunds.requests.loading", "PAGE")
    of_cases = "IN (SELECT id FROM refunds_refundcase WHERE store_id = {own})"
    happens_once(
        nest, step, step, seed=20261129, total=ROWS,
        traces={
            "cases": "SELECT count(*) FROM refunds_refundcase WHERE store_id = {own}",
            "orders with a case": "SELECT count(DISTINCT order_id) FROM refunds_refundcase "
            "WHERE store_id = {own}",
            "versions": f"SELECT count(*) FROM refunds_historicalrefundcase WHERE id {of_cases}",
            "lines": f"SELECT count(*) FROM refunds_caseline WHERE case_id {of_cases}",
            "versions of lines": "SELECT count(*) FROM refunds_historicalcaseline "
            f"WHERE case_id {of_cases}",
        },
    )  # fmt: skip


def test_a_statement_killed_again_and_again_is_booked_once(nest: Nest) -> None:
    nest.work(STORES + STATEMENTS)
    step = carry_on("StatementImport", "refunds.reconciliation.statements", "BATCH")
    happens_once(
        nest, step, step, seed=20261130, total=ROWS,
        traces={
            "lines": "SELECT count(*) FROM refunds_bankline WHERE store_id = {own}",
            "differences": "SELECT count(*) FROM refunds_difference WHERE store_id = {own} "
            "AND detail = 'not_settled'",
            "payouts that differ": "SELECT count(DISTINCT payout_id) FROM refunds_difference "
            "WHERE store_id = {own}",
            "versions": "SELECT count(*) FROM refunds_historicaldifference WHERE store_id = {own}",
        },
    )  # fmt: skip


def test_the_banks_answers_killed_again_and_again_are_applied_once(nest: Nest) -> None:
    nest.work(STORES + RESULTS)
    step = carry_on("ResultImport", "refunds.results.checking", "STEP")
    payouts = (
        "SELECT count(*) FROM refunds_payout p JOIN refunds_refundcase c ON c.id = p.case_id "
        "WHERE c.store_id = {own} AND "
    )
    happens_once(
        nest, step, step, seed=20261201, total=ROWS,
        traces={
            "answered payouts": payouts + "p.state IN ('settled', 'failed')",
            "their versions": payouts.replace("_payout", "_historicalpayout")
            + "p.action = 'answer'",
            "entries": "SELECT count(*) FROM refunds_ledgerentry WHERE store_id = {own} "
            "AND kind IN ('settled', 'failed')",
            "versions of entries": "SELECT count(*) FROM refunds_historicalledgerentry "
            "WHERE store_id = {own} AND action = 'answer'",
            "cases and refusals": payouts + "(c.state = 'refunded' OR p.state = 'failed')",
        },
    )  # fmt: skip
    assert nest.install.ask("SELECT DISTINCT state FROM refunds_refundbatch") == [("reconciled",)]
