import io
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backoffice.actors import INSTALLER, system
from backoffice.audit.recording import recorded
from orders.models import Buyer, ImportProfile, Order, OrderLine, Payment
from orders.profiles import install_profiles
from refunds.models import RefundCase
from tests.cast import Cast
from tests.orders.files import SAMPLE, adds_up, check, load, problems, retail, row, table, workbook
from tests.personal import plain

SALE = "536365;85123A;WHITE HEART;6;1/12/2010 08:26;2,55;17850;United Kingdom"
POST = "536365;POST;POSTAGE;2;1/12/2010 08:26;18;17850;United Kingdom"
CANCEL = "C536400;85123A;WHITE HEART;-2;2/12/2010 09:00;2,55;17850;United Kingdom"
ADJUST = "536589;21777;;-10;1/12/2010 16:50;0;;United Kingdom"


def test_a_file_in_the_samples_spelling_becomes_an_order(cast: Cast) -> None:
    run = load(cast.a, retail(SALE, POST), "online-retail")
    order = Order.objects.get()
    assert (order.number, order.currency, order.freight) == ("536365", "GBP", Decimal(36))
    assert order.placed_at == datetime(2010, 12, 1, 8, 26, tzinfo=UTC)
    assert (order.buyer.code, order.buyer.country) == ("17850", "United Kingdom")
    assert order.lines.get().amount == Decimal("15.30")
    payment = order.payments.get()
    assert (plain(payment.reference), payment.amount) == ("536365", Decimal("51.30"))
    assert adds_up(run.counts)


def test_every_written_row_says_who_brought_it_and_why(cast: Cast) -> None:
    load(cast.a, retail(SALE), "online-retail")
    for model in (Buyer, Order, OrderLine, Payment):
        version = model.objects.get().history.get()
        assert (version.actor_name, version.source) == ("importer", "import")
        assert version.history_change_reason == "Imported from a file."


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk"])
def test_a_chinese_file_loads_in_every_encoding(cast: Cast, encoding: str) -> None:
    text = "订单号,下单时间,商品编码,商品名称,数量,单价,买家账号,快递公司,快递单号,发货时间\n" \
           "X1,2024-05-01 10:00:00,S1,白色台灯,2,10.50,小王,顺丰,SF1,2024-05-02 10:00:00\n"  # fmt: skip
    run = load(cast.a, text.encode(encoding), "generic-zh")
    assert run.state == "applied", run.message
    order = Order.objects.get()
    assert order.lines.get().title == "白色台灯"
    assert order.placed_at == datetime(2024, 5, 1, 2, 0, tzinfo=UTC)
    assert (order.stage, plain(order.shipments.get().tracking)) == ("shipped", "SF1")


def test_a_workbook_loads_like_a_csv_file(cast: Cast) -> None:
    header = ["Order number", "Placed at", "SKU", "Title", "Quantity", "Unit price", "Buyer"]
    content = workbook(header, [1001, datetime(2024, 5, 1, 10, 0), 22, "A lamp", 2, 10.5, "B1"])  # noqa: DTZ001 - nor has a cell
    run = load(cast.a, content, name="orders.xlsx")
    order = Order.objects.get()
    assert (order.number, order.lines.get().sku, order.paid) == ("1001", "22", Decimal("21.00"))
    assert order.placed_at == datetime(2024, 5, 1, 2, 0, tzinfo=UTC)
    assert load(cast.a, content).counts["unchanged"] == 1
    assert run.counts["used"] == 1


def test_rows_of_one_order_may_stand_apart(cast: Cast) -> None:
    run = load(cast.a, table(row(), row(Order_number="N2"), row(SKU="SKU9")))
    assert Order.objects.get(number="N1").lines.count() == 2
    assert run.counts["orders"] == 2


def test_a_second_import_changes_nothing(cast: Cast) -> None:
    content = retail(SALE, POST, ADJUST, CANCEL)
    first = load(cast.a, content, "online-retail")
    before = [model.history.count() for model in (Buyer, Order, OrderLine, Payment, RefundCase)]
    second = load(cast.a, content, "online-retail")
    assert (first.counts["used"], first.counts["cancelled"], first.counts["problems"]) == (2, 1, 1)
    assert (second.counts["unchanged"], second.counts["problems"]) == (3, 1)
    assert (second.counts["used"], second.counts["cancelled"]) == (0, 0)
    assert [m.history.count() for m in (Buyer, Order, OrderLine, Payment, RefundCase)] == before
    assert adds_up(first.counts)
    assert adds_up(second.counts)


def test_the_same_number_in_another_store_is_another_order(cast: Cast) -> None:
    load(cast.a, table(row()))
    load(cast.b, table(row()))
    assert Order.objects.filter(number="N1").count() == 2


def test_a_check_leaves_nothing_behind(cast: Cast) -> None:
    run = check(cast.a, retail(SALE, CANCEL), "online-retail")
    assert (run.state, run.counts["orders"], run.counts["cancellations"]) == ("checked", 1, 1)
    assert run.counts["preview"][0]["total"] == "15.30"
    assert not any(m.objects.exists() for m in (Buyer, Order, OrderLine, Payment, RefundCase))
    assert not Order.history.exists()


def synthetic() -> bytes:
    """The sample's shape, smaller: orders, freight, adjustments and cancellations."""
    lines = []
    for n in range(150):
        when = f"{1 + n // 20}/12/2010 {8 + n % 10:02}:26"
        lines += [
            f"{536000 + n};{21000 + i};ITEM;{i + 1};{when};{i},55;{n % 40 or ''};France"
            for i in range(1, 8)
        ]
        lines += [f"{536000 + n};POST;POSTAGE;1;{when};18;{n % 40 or ''};France"]
        if n % 30 == 29:
            lines += [f"C{540000 + n};{21001};ITEM;-1;9/12/2010 12:00;1,55;{n % 40};France"]
            lines += [f"C{540000 + n};99999;NEVER SOLD;-1;9/12/2010 12:00;1,55;{n % 40};France"]
            lines += [f"{545000 + n};21777;;-10;9/12/2010 16:50;0;;France"]
    return retail(*lines)


def test_the_sample_loads_adds_up_and_loads_again_without_a_change(cast: Cast) -> None:
    content = SAMPLE.read_bytes() if SAMPLE.exists() else synthetic()
    first = load(cast.a, content, "online-retail")
    assert first.state == "applied", first.message
    assert adds_up(first.counts)
    assert first.counts["cancellations"] == RefundCase.objects.count() > 0
    assert first.counts["problems"] == first.problems.count() > 0
    versions = Order.history.count()
    second = load(cast.a, content, "online-retail")
    assert adds_up(second.counts)
    assert second.counts["unchanged"] == first.counts["used"] + first.counts["cancelled"]
    assert problems(second) == problems(first)
    assert Order.history.count() == versions


def test_the_number_of_queries_hardly_grows_with_the_lines(cast: Cast) -> None:
    def queries(lines: int, prefix: str) -> int:
        rows = [
            row(Order_number=f"{prefix}{n // 5}", SKU=f"S{n}", Buyer=f"{prefix}{n // 50}")
            for n in range(lines)
        ]
        with CaptureQueriesContext(
            connection,
        ) as captured:
            load(cast.a, table(*rows))
        return len(captured)

    few, many = queries(100, "A"), queries(1000, "B")
    assert many - few < 900 / 5  # statements of many rows each, never one per line


def command(*args: str) -> str:
    out = io.StringIO()
    call_command("import_orders", *args, stdout=out)
    return out.getvalue()


def test_the_command_prints_counts_and_problems(cast: Cast, tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_bytes(retail(SALE, ADJUST, CANCEL))
    text = command(str(path), "--store", "a", "--profile", "online-retail")
    assert "Row 3, UnitPrice: The unit price is 0, so nothing was sold." in text
    for line in (
        "3 rows in the file",
        "1 rows used",
        "1 rows that are cancellations",
        "1 rows with problems",
    ):
        assert line in text
    assert Order.objects.get().history.get().actor_name == "importer"


def test_a_dry_run_writes_nothing(cast: Cast, tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_bytes(table(row()))
    assert "Checked only: nothing was written." in command(str(path), "--store", "a", "--dry-run")
    assert not Order.objects.exists()


@pytest.mark.parametrize(
    ("store", "profile", "content", "sentence"),
    [
        ("nowhere", "generic", table(row()), "There is no store with the code “nowhere”."),
        ("a", "nothing", table(row()), "There is no import profile “nothing”. There are: generic"),
        ("a", "generic", None, "cannot be read: No such file or directory."),
        ("a", "generic", b"", "This file is empty."),
        ("a", "generic", b"a\n1\n", "The column “Order number”"),
    ],
)
def test_the_command_fails_with_a_sentence(
    cast: Cast, tmp_path: Path, store: str, profile: str, content: bytes | None, sentence: str
) -> None:
    path = tmp_path / "orders.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(CommandError) as refusal:
        command(str(path), "--store", store, "--profile", profile)
    assert sentence in str(refusal.value)
    assert not Order.objects.exists()


def test_the_shipped_profiles_are_installed_once_and_keep_changes(cast: Cast) -> None:

    profile = ImportProfile.objects.get(code="generic")
    profile.name = "Ours"
    with recorded(system(INSTALLER), "A test."):
        profile.save()
    install_profiles()
    assert ImportProfile.objects.get(code="generic").name == "Ours"
    assert ImportProfile.objects.count() == 3
