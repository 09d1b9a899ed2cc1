"""Exchanges: the piece that is promised, and the parcel that settles the case."""

from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from backoffice.exceptions import BadInput, WrongState
from orders.stock import OutOfStock
from refunds.models import Compensation, Payout, Replacement, State
from tests.cast import Cast
from tests.personal import plain
from tests.refunds.exchanges.exchanging import make_exchange, sends
from tests.refunds.factories import fetch, make_order, make_stock
from tests.refunds.goods import PARCEL, do, on_hand

pytestmark = pytest.mark.once


def test_an_exchange_is_promised_when_approved_and_settled_by_its_parcel(cast: Cast) -> None:
    make_stock(cast.a, pieces=2)
    case = make_exchange(cast)
    do(cast, case, "approve")
    assert (on_hand(cast), sends(case)) == (1, [("SKU-1", 1)])
    do(cast, case, "receive", **PARCEL)
    with pytest.raises(WrongState):
        do(cast, case, "ship_replacement", **PARCEL)
    do(cast, case, "accept_return")
    assert on_hand(cast) == 2  # what came back is sound
    do(cast, case, "ship_replacement", carrier="ZTO", tracking="ZT9", note="Out today.")

    case = fetch(case)
    given = Compensation.objects.get(case=case)
    shipped = Replacement.objects.get(case=case)
    assert (case.state, case.due_at) == (State.COMPENSATED, None)
    assert (given.type, given.reference, given.amount) == (
        "replacement",
        shipped.number,
        Decimal("50.00"),
    )
    assert (shipped.carrier, plain(shipped.tracking), shipped.shipped_at) == (
        "ZTO",
        "ZT9",
        given.given_at,
    )
    version = shipped.history.latest()
    assert (version.history_user, version.history_change_reason) == (cast.staff, "Out today.")
    assert not Payout.objects.exists()
    for action in ("ship_replacement", "cancel_replacement", "prepare_replacement", "convert"):
        with pytest.raises(WrongState):
            do(cast, case, action, kind="return_refund", agreed=True, **PARCEL)


@pytest.mark.parametrize("pieces", [None, 0, 1])
def test_what_is_not_in_stock_is_not_promised(cast: Cast, pieces: int | None) -> None:
    if pieces is not None:
        make_stock(cast.a, pieces=pieces)
    case = make_exchange(cast, (2, "50.00"))
    with pytest.raises(OutOfStock, match=f"2 wanted, and {pieces or 0} on hand in Store A"):
        do(cast, case, "approve")
    assert (fetch(case).state, on_hand(cast)) == (State.REQUESTED, pieces)
    assert not Replacement.objects.exists()


def test_of_several_articles_all_are_promised_or_none(cast: Cast) -> None:
    make_stock(cast.a, pieces=9)
    case = make_exchange(cast, (1, "50.00"), (1, "20.00"))
    with pytest.raises(OutOfStock, match="SKU-2"):
        do(cast, case, "approve")
    assert on_hand(cast) == 9


def test_stock_of_another_store_promises_nothing(cast: Cast) -> None:
    make_stock(cast.a2, pieces=9)
    with pytest.raises(OutOfStock):
        do(cast, make_exchange(cast), "approve")


def test_the_last_piece_is_promised_to_the_first_who_is_approved(cast: Cast) -> None:
    make_stock(cast.a)
    first, second = make_exchange(cast), make_exchange(cast)
    do(cast, first, "approve")
    with pytest.raises(OutOfStock):
        do(cast, second, "approve")
    do(cast, first, "withdraw")
    assert on_hand(cast) == 1
    do(cast, second, "approve")
    assert on_hand(cast) == 0


def test_a_variant_of_the_same_price_may_be_sent_instead(client: Client, cast: Cast) -> None:
    make_order(cast.a, (1, "50.00"), (1, "50.00"), (1, "51.00"))  # SKU-2 and SKU-3 were sold
    for sku in ("SKU-1", "SKU-2", "SKU-3"):
        make_stock(cast.a, sku)
    case = make_exchange(cast)
    line = case.lines.get().pk
    with pytest.raises(BadInput, match=r"SKU-3 costs ¥51.00, and SKU-1 cost ¥50.00"):
        do(cast, case, "approve", skus={line: "SKU-3"})
    with pytest.raises(BadInput, match="never sold in Store A"):
        do(cast, case, "approve", skus={line: "SKU-9"})
    client.force_login(cast.staff)
    url = reverse("admin:refunds_refundcase_do", args=[case.pk, "approve"])
    assert client.post(url, {"version": 1, f"sku_{line}": "SKU-2"}).status_code == 302
    assert sends(case) == [("SKU-2", 1)]
    assert (on_hand(cast), on_hand(cast, "SKU-2")) == (1, 0)
