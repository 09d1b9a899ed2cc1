"""Opening a case for a buyer, from the order's page."""

import pytest
from django.test import Client
from django.urls import reverse

from orders.models import Order
from refunds.models import Reason, RefundCase
from tests.cast import Cast
from tests.personal import plain
from tests.refunds.factories import make_case, make_order

pytestmark = pytest.mark.once  # PostgreSQL opens every page in tests/access/test_opening.py


def opening(order: Order) -> str:
    return reverse("admin:refunds_refundcase_open", args=[order.pk])


def form(order: Order, **fields: object) -> dict[str, object]:
    reason = Reason.objects.get(code="C01")
    line = order.lines.all()[0]
    return {
        "kind": "refund_only",
        "reason": reason.pk,
        "in_money": "on",
        f"line_{line.pk}": 1,
        **fields,
    }


def test_the_order_page_shows_its_cases_and_what_is_left(client: Client, cast: Cast) -> None:
    order = make_order(cast.a)
    case = make_case(order, cast.staff)
    client.force_login(cast.staff)
    text = client.get(reverse("admin:orders_order_change", args=[order.pk])).content.decode()
    assert case.number in text
    assert "¥60.00 is left to refund" in text
    assert opening(order) in text


def test_staff_open_a_case(client: Client, cast: Cast) -> None:
    order = make_order(cast.a)
    client.force_login(cast.staff)
    assert client.get(opening(order)).status_code == 200
    response = client.post(opening(order), form(order, reason_text="不想要了"))
    case = RefundCase.objects.get()
    assert response["Location"] == reverse("admin:refunds_refundcase_change", args=[case.pk])
    assert plain(case.history.get().history_change_reason) == "不想要了"
    assert case.due_at is not None


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"lines": 3}, "less than or equal to 2"),
        ({"lines": -1}, "greater than or equal to 0"),
        ({"lines": ""}, "Name at least one order line"),
        ({"freight": "99"}, "of the freight is left"),
        ({"reason": "O01"}, "needs a text that explains it"),
        ({"kind": "gift"}, "Select a valid choice"),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence(
    client: Client, cast: Cast, change: dict[str, object], sentence: str
) -> None:
    order = make_order(cast.a)
    if "lines" in change:
        change = {f"line_{order.lines.all()[0].pk}": change["lines"]}
    if change.get("reason"):
        change = {"reason": Reason.objects.get(code=change["reason"]).pk}
    client.force_login(cast.staff)
    response = client.post(opening(order), form(order, **change))
    assert response.status_code == 400
    assert sentence in response.content.decode()
    assert not RefundCase.objects.exists()


def test_a_foreign_order_is_not_there(client: Client, cast: Cast) -> None:
    order = make_order(cast.b)
    client.force_login(cast.staff)
    assert client.post(opening(order), form(order)).status_code == 404
    client.force_login(cast.auditor)
    assert client.post(opening(order), form(order)).status_code == 403
    assert not RefundCase.objects.exists()
