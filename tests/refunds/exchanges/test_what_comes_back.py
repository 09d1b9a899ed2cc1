"""Promises that are not kept, or only in part: stock and replacements follow what came back."""

from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from backoffice.exceptions import BadInput, WrongState
from refunds.models import Kind, RefundCase, RejectCode, Replacement, State
from tests.cast import Cast
from tests.refunds.exchanges.exchanging import lapse, make_exchange, sends
from tests.refunds.factories import fetch, make_stock
from tests.refunds.goods import PARCEL, do, found, inspecting, on_hand

pytestmark = pytest.mark.once


def reject(cast: Cast, case: RefundCase) -> None:
    do(cast, case, "receive", **PARCEL)
    do(cast, case, "reject", code=RejectCode.objects.get(code="R03"))


def refuse(cast: Cast, case: RefundCase) -> None:
    do(cast, case, "receive", **PARCEL)
    code = RejectCode.objects.get(code="R03")
    do(cast, case, "accept_return", found=found(case, (0, 0, 1)), code=code)


@pytest.mark.parametrize(
    "end", [lambda cast, case: do(cast, case, "withdraw"), lapse, reject, refuse]
)
def test_however_a_case_ends_without_goods_the_promise_comes_back_once(
    cast: Cast, end: object
) -> None:
    make_stock(cast.a)
    case = make_exchange(cast)
    do(cast, case, "approve")
    assert on_hand(cast) == 0
    end(cast, case)
    assert on_hand(cast) == 1
    assert Replacement.objects.get(case=case).cancelled_at is not None


def test_a_partial_acceptance_sends_as_many_pieces_and_gives_the_rest_back(cast: Cast) -> None:
    make_stock(cast.a, pieces=3)
    case = inspecting(cast, (3, "50.00"), kind=Kind.EXCHANGE)
    assert on_hand(cast) == 0
    do(cast, case, "accept_return", found=found(case, (2, 1, 0)))
    assert sends(case) == [("SKU-1", 2)]
    assert on_hand(cast) == 3  # one promise back, two sound pieces
    assert fetch(case).amount_approved == Decimal("100.00")


def test_a_person_may_send_for_damaged_pieces_too_but_never_more_than_asked(
    client: Client, cast: Cast
) -> None:
    make_stock(cast.a, pieces=3)
    case = inspecting(cast, (3, "50.00"), kind=Kind.EXCHANGE)
    line = case.lines.get().pk
    for send in ({line: 4}, {line: -1}, {line: 1, line + 1: 1}):
        with pytest.raises(BadInput, match="at most as many pieces"):
            do(cast, case, "accept_return", send=send)
    client.force_login(cast.staff)
    url = reverse("admin:refunds_refundcase_do", args=[case.pk, "accept_return"])
    fields = {"version": fetch(case).version, f"sound_{line}": 0, f"damaged_{line}": 3}
    fields |= {f"missing_{line}": 0, f"send_{line}": 3}
    assert client.post(url, fields).status_code == 400  # why?
    assert (
        client.post(url, {**fields, "note": "Broken on the way to the buyer."}).status_code == 302
    )
    assert (sends(case), on_hand(cast)) == ([("SKU-1", 3)], 0)


def test_an_exchange_that_nobody_inspects_keeps_its_promise(cast: Cast) -> None:
    make_stock(cast.a)
    case = inspecting(cast, (1, "50.00"), kind=Kind.EXCHANGE)
    lapse(cast, case)
    assert (fetch(case).state, on_hand(cast), sends(case)) == (State.REVIEWED, 0, [("SKU-1", 1)])
    do(cast, case, "ship_replacement", **PARCEL)
    assert fetch(case).state == State.COMPENSATED


def test_a_cancelled_replacement_is_promised_again_for_as_many_pieces(cast: Cast) -> None:
    make_stock(cast.a, pieces=2)
    case = inspecting(cast, (2, "50.00"), kind=Kind.EXCHANGE)
    do(cast, case, "accept_return", found=found(case, (1, 1, 0)))
    assert on_hand(cast) == 2
    do(cast, case, "cancel_replacement", note="It fell from the shelf.")
    assert on_hand(cast) == 3
    with pytest.raises(WrongState):
        do(cast, case, "cancel_replacement")
    with pytest.raises(WrongState):
        do(cast, case, "ship_replacement", **PARCEL)
    do(cast, case, "prepare_replacement")
    assert (sends(case), on_hand(cast)) == ([("SKU-1", 1)], 2)
    with pytest.raises(WrongState):
        do(cast, case, "prepare_replacement")
    assert len({row.number for row in Replacement.objects.filter(case=case)}) == 3


def test_a_parcel_without_a_number_ships_nothing(client: Client, cast: Cast) -> None:
    make_stock(cast.a)
    case = inspecting(cast, (1, "50.00"), kind=Kind.EXCHANGE)
    do(cast, case, "accept_return")
    with pytest.raises(BadInput):
        do(cast, case, "ship_replacement", carrier=" ", tracking="1")
    client.force_login(cast.staff)
    url = reverse("admin:refunds_refundcase_do", args=[case.pk, "ship_replacement"])
    assert client.post(url, {"version": fetch(case).version, "carrier": "SF"}).status_code == 400
    assert fetch(case).state == State.REVIEWED
