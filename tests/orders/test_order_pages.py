import io
from decimal import Decimal

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse

from backoffice.actors import INSTALLER, system
from backoffice.admin.home import Panel
from backoffice.audit.recording import recorded
from backoffice.models import User
from orders import boxes
from orders.models import Buyer, Order
from tests.cast import Cast
from tests.exporting.taking import exported, form_of, page
from tests.orders.files import load, row, table

pytestmark = pytest.mark.once  # every page is opened on PostgreSQL by tests/access/test_opening.py

LIST = "admin:orders_order_changelist"


def as_(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def order_page(order: Order) -> str:
    return reverse("admin:orders_order_change", args=[order.pk])


@pytest.fixture
def orders(cast: Cast) -> dict[str, Order]:
    load(cast.a, table(row(Order_number="MINE")))
    load(cast.b, table(row(Order_number="THEIRS", Buyer="SECRET")))
    return {order.number: order for order in Order.objects.all()}


def test_the_list_has_the_own_stores_orders_only(cast: Cast, orders: dict[str, Order]) -> None:
    text = as_(cast.staff).get(reverse(LIST)).content.decode()
    assert "MINE" in text
    assert "THEIRS" not in text
    assert "SECRET" not in text
    assert "Store B" not in text


@pytest.mark.parametrize(
    ("query", "found"), [("MIN", True), ("B1", True), ("SKU1", True), ("SKU", False), ("%", False)]
)
def test_orders_are_found_by_number_buyer_or_whole_sku(
    cast: Cast, orders: dict[str, Order], query: str, found: bool
) -> None:
    text = as_(cast.staff).get(reverse(LIST), {"q": query}).content.decode()
    assert (order_page(orders["MINE"]) in text) is found


def test_a_foreign_field_cannot_be_guessed_through_the_address(
    cast: Cast, orders: dict[str, Order]
) -> None:
    client = as_(cast.staff)
    for lookup in (
        "buyer__name__startswith",
        "lines__unit_price__gt",
        "store__account__startswith",
    ):
        answer = client.get(reverse(LIST), {lookup: "1"})
        assert answer.status_code in (302, 400)


def test_the_page_shows_lines_payments_and_what_is_known_of_shipment(
    cast: Cast, orders: dict[str, Order]
) -> None:
    text = as_(cast.staff).get(order_page(orders["MINE"])).content.decode()
    for part in ("Order MINE", "SKU1", "A lamp", "¥21.00", "Nothing is known of a shipment."):
        assert part in text


def test_another_stores_order_does_not_exist(cast: Cast, orders: dict[str, Order]) -> None:
    client = as_(cast.staff)
    assert client.get(order_page(orders["THEIRS"])).status_code == 404
    assert (
        client.get(reverse("admin:orders_order_history", args=[orders["THEIRS"].pk])).status_code
        == 404
    )


def test_nobody_writes_an_order_by_its_page(cast: Cast, orders: dict[str, Order]) -> None:
    for name in ("staff", "manager", "platform"):
        client = as_(cast.people[name])
        assert client.post(order_page(orders["MINE"]), {"number": "X"}).status_code == 405
        assert client.post(reverse("admin:orders_order_add"), {"number": "X"}).status_code in (
            403,
            405,
        )
    assert set(Order.objects.values_list("number", flat=True)) == {"MINE", "THEIRS"}


def test_upper_apps_add_boxes_to_the_page(
    cast: Cast, orders: dict[str, Order], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(boxes, "_boxes", [])
    boxes.register_order_box(
        lambda _request, order: Panel("orders/list_links.html", {"order": order.number})
    )
    boxes.register_order_box(lambda _request, _order: None)
    answer = as_(cast.staff).get(order_page(orders["MINE"]))
    assert answer.status_code == 200
    assert [box.context for box in answer.context["boxes"]] == [{"order": "MINE"}]


def test_the_export_has_the_own_stores_orders_in_safe_cells(
    cast: Cast, orders: dict[str, Order]
) -> None:
    buyer = Buyer.objects.get(store=cast.a)
    buyer.name = "=HYPERLINK(1)"
    with recorded(system(INSTALLER), "A test."):
        buyer.save()
    client = as_(cast.manager)
    text = exported(client, "orders.order").decode()
    assert "MINE" in text
    assert "THEIRS" not in text
    assert "'=HYPERLINK(1)" in text
    book = openpyxl.load_workbook(io.BytesIO(exported(client, "orders.order", "xlsx")))
    header, values = book.active.iter_rows(values_only=True)
    cells = dict(zip(header, values, strict=True))
    assert cells["Buyer name"] == "'=HYPERLINK(1)"
    assert Decimal(str(cells["Paid"])) == Decimal("21.00")


@pytest.mark.parametrize("name", ["staff", "finance", "auditor", "platform"])
def test_who_may_not_export_gets_nothing(cast: Cast, orders: dict[str, Order], name: str) -> None:
    answer = as_(cast.people[name]).post(page("orders.order"), form_of("orders.order"))
    assert answer.status_code == 403
    assert b"MINE" not in answer.content


def test_the_list_offers_the_import_to_those_who_may(cast: Cast, orders: dict[str, Order]) -> None:
    address = reverse("admin:orders_orderimport_upload")
    assert address in as_(cast.manager).get(reverse(LIST)).content.decode()
    assert address not in as_(cast.staff).get(reverse(LIST)).content.decode()
