"""A case becomes another kind: when it may, and what has to be left of the money."""

from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from backoffice.actors import person
from backoffice.exceptions import BadInput, WrongState
from refunds.exceptions import RefundExceedsBalance
from refunds.goods.converting import convert, ways_of
from refunds.models import Kind, Payout, RefundCase, Replacement
from tests.cast import Cast
from tests.refunds.exchanges.exchanging import make_exchange
from tests.refunds.factories import fetch, make_case, make_order, make_stock
from tests.refunds.goods import PARCEL, do, make_return, on_hand

pytestmark = pytest.mark.once


def converted(cast: Cast, case: RefundCase, kind: str, **more: object) -> RefundCase:
    return do(cast, case, "convert", kind=kind, **{"agreed": True, **more})


@pytest.mark.parametrize("state", ["requested", "awaiting_return", "inspecting", "reviewed"])
def test_an_exchange_becomes_a_refund_wherever_its_goods_are(cast: Cast, state: str) -> None:
    make_stock(cast.a)
    case = make_exchange(cast)
    steps = {"awaiting_return": "approve", "inspecting": "receive", "reviewed": "accept_return"}
    for reached, action in steps.items():
        if fetch(case).state == state:
            break
        do(cast, case, action, **PARCEL)
        assert fetch(case).state == reached
    converted(cast, case, "return_refund", note="The buyer agreed by chat.")

    case = fetch(case)
    assert (case.kind, case.in_money, case.state) == (Kind.RETURN_REFUND, True, state)
    assert Payout.objects.filter(case=case).count() == int(state == "reviewed")
    assert not Replacement.objects.filter(case=case, cancelled_at=None).exists()
    assert on_hand(cast) == (2 if state == "reviewed" else 1)
    assert case.history.latest().history_change_reason == "The buyer agreed by chat."
    with pytest.raises((BadInput, WrongState)):
        converted(cast, case, "return_refund")


def test_what_becomes_money_has_to_be_left_of_what_was_paid(cast: Cast) -> None:
    make_stock(cast.a, pieces=2)
    order = make_order(cast.a, (2, "50.00"))
    exchange = make_case(order, cast.staff, kind=Kind.EXCHANGE, quantity=2)
    do(cast, exchange, "approve")
    money = make_case(
        order,
        cast.staff,
        kind=Kind.COMPENSATION,
        reason_code="N01",
        lines=[],
        amount=Decimal("60.00"),
    )
    with pytest.raises(RefundExceedsBalance):
        converted(cast, exchange, "return_refund")
    assert (fetch(exchange).kind, on_hand(cast)) == (Kind.EXCHANGE, 0)
    do(cast, money, "withdraw")
    converted(cast, exchange, "return_refund")
    assert fetch(exchange).in_money


@pytest.mark.parametrize(
    ("kind", "into"),
    [
        ("return_refund", "refund_only"),
        ("return_refund", "exchange"),
        ("refund_only", "return_refund"),
        ("exchange", "refund_only"),
    ],
)
def test_before_the_review_a_case_may_become_another(cast: Cast, kind: str, into: str) -> None:
    case = make_case(make_order(cast.a), cast.staff, kind=kind)
    due = case.due_at
    converted(cast, case, into)
    case = fetch(case)
    assert (case.kind, case.policy.kind, case.due_at) == (into, into, due)
    assert case.in_money == (into != "exchange")


@pytest.mark.parametrize(
    ("kind", "into"),
    [
        ("refund_only", "exchange"),
        ("refund_only", "refund_only"),
        ("refund_only", "compensation"),
        ("exchange", "exchange"),
        ("return_refund", "no such kind"),
    ],
)
def test_what_makes_no_sense_is_refused(cast: Cast, kind: str, into: str) -> None:
    case = make_case(make_order(cast.a), cast.staff, kind=kind)
    with pytest.raises(BadInput, match="cannot be turned into that kind"):
        converted(cast, case, into)
    assert fetch(case).kind == kind


@pytest.mark.parametrize(
    ("kind", "reason", "into"),
    [
        (Kind.REFUND_ONLY, "L01", "return_refund"),
        (Kind.RETURN_REFUND, "C05", "refund_only"),
        (Kind.EXCHANGE, "S01", "return_refund"),
    ],
)
def test_a_request_is_not_turned_into_what_its_reason_is_not_for(
    client: Client, cast: Cast, kind: str, reason: str, into: str
) -> None:
    case = make_case(make_order(cast.a), cast.staff, kind=kind, reason_code=reason)
    with pytest.raises((BadInput, WrongState)):
        converted(cast, case, into)
    with pytest.raises(BadInput, match=f"The reason “{reason} .* is not for “{Kind(into).label}”"):
        convert(case, actor=person(cast.staff), kind=into, agreed=True)
    assert into not in ways_of(case)
    assert (fetch(case).kind, fetch(case).version) == (kind, case.version)


def test_a_promise_that_cannot_be_kept_becomes_money_whatever_the_reason(cast: Cast) -> None:
    make_stock(cast.a)
    case = make_case(make_order(cast.a), cast.staff, kind=Kind.EXCHANGE, reason_code="S01")
    do(cast, case, "approve")
    converted(cast, case, "return_refund", note="Nothing is left of it.")
    assert fetch(case).kind == Kind.RETURN_REFUND


def test_a_return_that_is_under_way_is_not_waived_by_a_conversion(cast: Cast) -> None:
    case = make_return(cast)
    do(cast, case, "approve")
    with pytest.raises(WrongState):
        converted(cast, case, "refund_only")


def test_a_case_is_turned_into_another_with_the_buyers_word_only(
    client: Client, cast: Cast
) -> None:
    case = make_case(make_order(cast.a), cast.staff)
    with pytest.raises(BadInput, match="Ask the buyer first"):
        converted(cast, case, "return_refund", agreed=False)
    client.force_login(cast.staff)
    url = reverse("admin:refunds_refundcase_do", args=[case.pk, "convert"])
    fields = {"version": 1, "kind": "return_refund", "note": "By telephone."}
    assert client.post(url, fields).status_code == 400
    assert client.post(url, {**fields, "agreed": "on", "kind": "exchange"}).status_code == 400
    assert client.post(url, {**fields, "agreed": "on", "note": ""}).status_code == 400
    assert client.post(url, {**fields, "agreed": "on"}).status_code == 302
    assert fetch(case).kind == Kind.RETURN_REFUND
