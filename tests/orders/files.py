"""Small order files, in the spellings that channels use."""

import io
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import openpyxl

from backoffice.actors import IMPORTER, system
from backoffice.bulk.jobs import carry_on
from backoffice.bulk.runs import bring, confirm
from merchants.models import Store
from orders.models import ImportProfile, OrderImport

SAMPLE = Path(__file__).resolve().parents[3] / "shared" / "data" / "online-retail-sample.csv"
HEADER = ["Order number", "Placed at", "SKU", "Title", "Quantity", "Unit price", "Buyer"]
ROW = ["N1", "2024-05-01 10:00:00", "SKU1", "A lamp", "2", "10.50", "B1"]
RETAIL = "InvoiceNo;StockCode;Description;Quantity;InvoiceDate;UnitPrice;CustomerID;Country"


def row(**changes: str) -> list[str]:
    """One good row of the generic profile, with ``changes`` by column (spaces as underscores)."""
    values = dict(zip(HEADER, ROW, strict=True))
    for name, value in changes.items():
        values[name.replace("_", " ")] = value
    return [values[name] for name in HEADER]


def table(*rows: Iterable[str], header: Iterable[str] = HEADER) -> bytes:
    """Rows as CSV bytes."""
    return "\n".join(",".join(cells) for cells in [header, *rows]).encode() + b"\n"


def retail(*lines: str) -> bytes:
    """Lines in the sample's spelling: byte order mark, semicolons, decimal commas."""
    return ("\ufeff" + "\r\n".join([RETAIL, *lines]) + "\r\n").encode()


def workbook(*rows: Iterable[Any]) -> bytes:
    """Rows as an Excel workbook."""
    book = openpyxl.Workbook()
    for cells in rows:
        book.active.append(list(cells))
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def check(
    store: Store, content: bytes, profile: str = "generic", name: str = "orders.csv"
) -> OrderImport:
    """The file, brought and checked."""
    return step(bring_file(store, content, profile, name))


def bring_file(
    store: Store, content: bytes, profile: str = "generic", name: str = "orders.csv"
) -> OrderImport:
    """The file, brought and not looked at yet."""
    return bring(
        OrderImport,
        file=io.BytesIO(content),
        name=name,
        actor=system(IMPORTER),
        store=store,
        profile=ImportProfile.objects.get(code=profile),
    )


def step(run: OrderImport) -> OrderImport:
    """The run after its next waiting step."""
    carry_on(run)
    return OrderImport.objects.get(pk=run.pk)


def load(
    store: Store, content: bytes, profile: str = "generic", name: str = "orders.csv"
) -> OrderImport:
    """The file, brought, checked, confirmed and applied."""
    run = check(store, content, profile, name)
    assert run.state == "checked", run.message
    return step(confirm(run, actor=system(IMPORTER)))


def adds_up(counts: dict[str, Any]) -> bool:
    """Whether every row of the file is accounted for, once."""
    parts = ("used", "unchanged", "cancelled", "problems")
    return counts["rows"] == sum(counts[part] for part in parts)


def problems(run: OrderImport) -> list[tuple[int, str, str]]:
    """Row, field and sentence of each problem."""
    return list(run.problems.values_list("row", "field", "message"))
