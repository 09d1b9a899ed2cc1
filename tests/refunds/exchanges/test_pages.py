"""An exchange's page, its stock and its own store."""

import pytest
from django.test import Client
from django.urls import reverse

from backoffice.actors import person
from backoffice.exceptions import NotFound
from orders.models import Stock
from refunds.models import Kind, Replacement
from refunds.workflow import perform
from tests.cast import Cast
from tests.refunds.exchanges.exchanging import make_exchange
from tests.refunds.factories import make_stock
from tests.refunds.goods import PARCEL, do, inspecting

pytestmark = pytest.mark.once


def test_the_page_of_an_exchange_shows_stock_then_the_promise_then_the_parcel(
    client: Client, cast: Cast
) -> None:
    make_stock(cast.a, pieces=4)
    case = make_exchange(cast)
    client.force_login(cast.staff)
    url = reverse("admin:refunds_refundcase_change", args=[case.pk])
    assert "4 on hand, 1 wanted" in client.get(url).content.decode()
    do(cast, case, "approve")
    number = Replacement.objects.get(case=case).number
    text = client.get(url).content.decode()
    assert number in text
    assert "Promised" in text
    do(cast, case, "receive", **PARCEL)
    do(cast, case, "accept_return")
    do(cast, case, "ship_replacement", carrier="ZTO", tracking="ZT-77")
    assert "ZT-77" in client.get(url).content.decode()


def test_stock_never_gets_below_nothing(cast: Cast) -> None:
    stock = make_stock(cast.a, pieces=1)
    do(cast, make_exchange(cast), "approve")
    assert Stock.objects.get(pk=stock.pk).on_hand == 0
    assert [v.on_hand for v in stock.history.order_by("history_id")] == [1, 0]
    assert stock.history.latest().history_user == cast.staff


def test_nobody_ships_from_another_store(cast: Cast) -> None:
    make_stock(cast.a)
    case = inspecting(cast, (1, "50.00"), kind=Kind.EXCHANGE)
    do(cast, case, "accept_return")
    with pytest.raises(NotFound):
        perform("ship_replacement", case_id=case.pk, actor=person(cast.staff2), **PARCEL)
