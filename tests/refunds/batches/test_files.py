"""A batch of more lines than a bank takes in one file: several files, whole together, never a byte different."""

import csv
import hashlib
import io
from decimal import Decimal

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse

from backoffice.actors import INSTALLER, person, system
from backoffice.audit.recording import recorded
from backoffice.exceptions import BadInput
from refunds.batches import files
from refunds.batches.building import build
from refunds.batches.files import export, parts
from refunds.batches.handed_out import opened
from refunds.demo.bank import Bank
from refunds.models import BatchFile, CheckingLimit, Payout, RefundBatch
from refunds.sweep.approving import approve_set
from tests.cast import Cast
from tests.refunds.bankfiles.test_bank_transfers import by_bank, with_account
from tests.refunds.many import make_overdue
from tests.refunds.money import release

FEW = 20


@pytest.fixture
def lines(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """How many a file takes: few, or as many as the test says."""
    lines = getattr(request, "param", FEW)
    monkeypatch.setattr(files, "LINES", lines)
    return lines


@pytest.fixture
def batch(cast: Cast, lines: int) -> RefundBatch:
    """A released batch of two full files and one line more."""
    case_ids = make_overdue([cast.a], 2 * lines + 1)
    with recorded(system(INSTALLER), "Many payouts at once."):
        approve_set(case_ids)
        CheckingLimit.objects.create(
            currency="CNY", batch_amount=10**9, line_amount=10**9, starts_on="2020-01-01"
        )
    made = build(store_id=cast.a.pk, currency="CNY", actor=person(cast.finance))
    return release(batch_id=made.pk, actor=person(cast.checker))


def downloaded(client: Client, batch: RefundBatch, file_format: str, part: int) -> bytes:
    """One file, as the page hands it out."""
    url = reverse("admin:refunds_refundbatch_export", args=[batch.pk, file_format])
    answer = client.post(url, {"part": part})
    assert answer.status_code == 200
    name = f"{batch.number}-{part}.{file_format}"
    assert answer["Content-Disposition"] == f'attachment; filename="{name}"'
    return bytes(answer.content)


def table_of(content: bytes, file_format: str) -> tuple[dict[str, str], list[list[str]]]:
    """The figures at its head, and its lines."""
    if file_format == "xlsx":
        book = openpyxl.load_workbook(io.BytesIO(content))
        lines, head = (
            [[str(cell.value or "") for cell in row] for row in sheet.iter_rows()]
            for sheet in book.worksheets
        )
        return {row[0]: row[1] for row in head}, lines[1:]
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    empty = rows.index([])
    return {row[0]: row[1] for row in rows[:empty]}, rows[empty + 2 :]


@pytest.mark.once
@pytest.mark.parametrize(
    ("file_format", "lines"), [("csv", files.LINES), ("xlsx", FEW)], indirect=["lines"]
)
def test_more_lines_than_a_file_takes_are_several_files(
    cast: Cast, batch: RefundBatch, lines: int, file_format: str
) -> None:
    client = Client()
    client.force_login(cast.finance)
    page = client.get(reverse("admin:refunds_refundbatch_change", args=[batch.pk]))
    assert page.content.decode().count(f'action="{_address(batch, file_format)}"') == 3
    numbers, total = [], Decimal(0)
    for part, count in ((1, lines), (2, lines), (3, 1)):
        content = downloaded(client, batch, file_format, part)
        head, rows = table_of(content, file_format)
        assert (head["file"], int(head["count"]), len(rows)) == (f"{part} of 3", count, count)
        assert int(head["count of the batch"]) == 2 * lines + 1
        assert Decimal(head["control total"]) == sum(Decimal(row[8]) for row in rows)
        numbers += [row[0] for row in rows]
        total += Decimal(head["control total"])
    in_order = Payout.objects.filter(batch=batch).order_by("queued_at", "pk")
    assert numbers == list(in_order.values_list("number", flat=True))
    assert total == batch.total == Decimal(head["control total of the batch"])
    assert set(in_order.values_list("state", flat=True)) == {"sent"}
    with pytest.raises(BadInput, match="no file with that number"):
        export(batch_id=batch.pk, actor=person(cast.finance), file_format=file_format, part=4)


def _address(batch: RefundBatch, file_format: str) -> str:
    return reverse("admin:refunds_refundbatch_export", args=[batch.pk, file_format])


@pytest.mark.once
def test_every_file_is_the_same_in_any_order_and_made_anew(cast: Cast, batch: RefundBatch) -> None:
    client = Client()
    client.force_login(cast.finance)
    first = {part: downloaded(client, batch, "csv", part) for part in (3, 1, 2)}
    again = {part: downloaded(client, batch, "csv", part) for part in (1, 2, 3)}
    assert again == first
    assert len({hashlib.sha256(content).digest() for content in first.values()}) == 3
    batch = RefundBatch.objects.get(pk=batch.pk)
    made = {part: _made_anew(batch, part) for part in first}  # as if none had been kept
    assert made == first
    assert BatchFile.objects.filter(batch=batch).count() == 3
    assert batch.history.filter(action="download").count() == 6


def _made_anew(batch: RefundBatch, part: int) -> bytes:
    payouts = list(Payout.objects.filter(batch=batch).order_by("queued_at", "pk"))
    chosen = payouts[(part - 1) * files.LINES : part * files.LINES]
    return files.content(batch, chosen, "csv", part)


def test_transfers_in_several_orders_are_the_batch_together(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "LINES", 2)
    with_account(cast.a)
    batch = by_bank(cast, "50.00", "20.00", "10.00", "5.00", "1.00")
    assert parts(batch) == 3
    finance, orders = person(cast.finance), []
    for part in (1, 2, 3):
        kept = [
            opened(export(batch_id=batch.pk, actor=finance, file_format="xml", part=part))
            for _download in range(2)
        ]
        assert bytes(kept[0]) == bytes(kept[1])
        orders.append(Bank(bytes(kept[0])))
    assert [(bank.number, bank.count, bank.total) for bank in orders] == [
        (f"{batch.number}-1", "2", "70.00"),
        (f"{batch.number}-2", "2", "15.00"),
        (f"{batch.number}-3", "1", "1.00"),
    ]
    asked = [line.number for bank in orders for line in bank.asked]
    assert sorted(asked) == sorted(Payout.objects.values_list("number", flat=True))
