"""Every export of the site, with the worst that anybody can write into it: no cell is a formula."""

import csv
import io
from decimal import Decimal

import openpyxl
import pytest
from django.contrib import admin
from django.db.models import DecimalField, QuerySet, Value
from django.test import Client
from django.urls import reverse

from backoffice.actors import INSTALLER, person, system
from backoffice.audit.recording import recorded
from backoffice.audit.search.models import ChangeEntry
from backoffice.bulk.cells import could_be_run
from backoffice.bulk.pages import FileRunAdmin
from backoffice.clock import now
from backoffice.exporting import tables
from backoffice.exporting.columns import Column, Kind
from backoffice.models import User
from backoffice.privacy.keys import seal
from merchants.models import Store
from orders.models import Buyer, ImportProblem, Order
from refunds.batches.building import build
from refunds.batches.files import export
from refunds.batches.handed_out import opened
from refunds.models import Payout, RefundBatch, RefundCase
from tests.access.addresses import addresses
from tests.cast import Cast
from tests.exporting.taking import exported
from tests.flushing import rewrite
from tests.orders.files import check, row, table
from tests.refunds.money import queue_payouts, release

pytestmark = pytest.mark.once

EVIL = [
    "=1+1",
    "\t+1",
    " -1",
    "＠a",
    "'=1",
    "\u200b＝1",
]  # of each kind; more in tests/bulk/test_cells.py
LISTS = {
    "orders.order": "manager",
    "refunds.refundcase": "manager",
    "refunds.payout": "finance",
    "backoffice.changeentry": "auditor",
}


@pytest.fixture
def batch(cast: Cast) -> RefundBatch:
    """A released batch whose every free text is evil, and so are its cases and orders."""
    payouts = queue_payouts(cast.a, cast.staff, *["50.00"] * len(EVIL))
    for payout, text in zip(payouts, EVIL, strict=True):
        order = payout.case.order
        kept = seal(text, order.data_subject)
        rewrite(QuerySet(Buyer).filter(pk=order.buyer_id), name=kept)
        rewrite(QuerySet(Order).filter(pk=order.pk), number=f"{text}{order.pk}")
        rewrite(
            QuerySet(RefundCase).filter(pk=payout.case_id),
            reason_text=kept,
            external_number=f"{text}{order.pk}",
        )
        rewrite(
            QuerySet(Payout).filter(pk=payout.pk),
            destination=kept,
            payee=kept,
            bank_code=kept,
            bank_reason=text,
        )
    note_changes(cast.a)
    rewrite(QuerySet(Store).filter(pk=cast.a.pk), account="=1+1", code="@a")
    with recorded(system(INSTALLER), "An evil name."):
        cast.finance.first_name, cast.finance.last_name = "=1", "+1"
        cast.finance.save()
    made = build(store_id=cast.a.pk, currency="CNY", actor=person(cast.finance))
    return release(batch_id=made.pk, actor=person(cast.checker))


def note_changes(store: Store) -> None:
    """Changes of the store's account from and to what is evil, as the search in history has them."""
    model, at = Store._meta.label_lower, now()
    ChangeEntry.objects.bulk_create(
        ChangeEntry(
            model=model, row=store.pk, version=n, field="account", kind="~", store=store.pk,
            actor_name=text, source="admin", reason=text, at=at, before=text, after=text,
        )
        for n, text in enumerate(EVIL, 10**9)
    )  # fmt: skip


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def cells_of(content: bytes) -> list[str]:
    """Every cell of text, whatever the file; figures are not text."""
    if not content.startswith(b"PK"):
        rows = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))
        return [cell for row in rows for cell in row]
    book = openpyxl.load_workbook(io.BytesIO(content))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n", "d", "inlineStr"}
    return [cell.value for cell in cells if isinstance(cell.value, str)]


def check_tame(content: bytes) -> None:
    cells = cells_of(content)
    assert [cell for cell in cells if could_be_run(cell) and not cell.startswith("'")] == []
    assert sum(cell.startswith("'") for cell in cells) >= len(EVIL)


@pytest.mark.parametrize("file_format", ["csv", "xlsx"])
@pytest.mark.parametrize("model", LISTS)
def test_no_list_lets_a_formula_out(
    cast: Cast, batch: RefundBatch, model: str, file_format: str
) -> None:
    check_tame(exported(client_of(getattr(cast, LISTS[model])), model, file_format))


@pytest.mark.parametrize("file_format", ["csv", "xlsx"])
def test_no_batch_lets_a_formula_out(cast: Cast, batch: RefundBatch, file_format: str) -> None:
    actor = person(cast.finance)
    kept = export(batch_id=batch.pk, actor=actor, file_format=file_format)
    check_tame(opened(kept))
    assert "'=1+1" in cells_of(opened(kept))[:40] or file_format == "xlsx"


def test_no_list_of_problems_lets_a_formula_out(cast: Cast) -> None:
    run = check(cast.a, table(row()))
    for text in EVIL:
        ImportProblem.objects.create(run=run, row=2, field=text, message=text)
    answer = client_of(cast.manager).get(
        reverse("admin:orders_orderimport_problems", args=[run.pk])
    )
    check_tame(b"".join(answer.streaming_content))


def test_there_is_no_other_export() -> None:
    keys = {address.key for address in addresses()}
    lists = {f"admin:{model.replace('.', '_')}_export" for model in LISTS}
    batches = {f"admin:refunds_refundbatch_export {name}" for name in ("csv", "xlsx", "xml")}
    assert {key for key in keys if "_export" in key.split("_exportrun")[0]} == lists | batches
    runs = [
        model_admin
        for model, model_admin in admin.site._registry.items()
        if f"admin:{model._meta.app_label}_{model._meta.model_name}_problems" in keys
    ]
    assert runs
    for model_admin in runs:
        assert type(model_admin).problems_view is FileRunAdmin.problems_view


@pytest.mark.parametrize("write", [tables.write_csv, tables.write_xlsx])
def test_what_is_owed_stays_a_number(cast: Cast, write: object) -> None:
    owed = Value(Decimal("-1.50"), output_field=DecimalField(max_digits=12, decimal_places=2))
    file = io.BytesIO()
    rows = User.objects.filter(pk=cast.finance.pk)
    write(file, "List", [Column(owed, Kind.AMOUNT, "owed")], rows, lambda _done: None)
    if write is tables.write_csv:
        assert file.getvalue().decode("utf-8-sig").split() == ["owed", "-1.50"]
    else:
        cell = openpyxl.load_workbook(file).active["A2"]
        assert (cell.data_type, cell.value) == ("n", -1.5)
