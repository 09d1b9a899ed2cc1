"""Exchanges: the piece that is promised, the parcel that settles the case, and what happens without stock."""

from decimal import Decimal

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from backoffice.actors import person
from backoffice.exceptions import BadInput, NotFound, WrongState
from orders.models import Stock
from orders.stock import OutOfStock
from refunds.exceptions import RefundExceedsBalance
from refunds.goods.converting import convert, ways_of
from refunds.models import Compensation, Kind, Payout, RefundCase, RejectCode, Replacement, State
from refunds.sweep import expire_deadlines
from refunds.workflow import perform
from tests.cast import Cast
from tests.personal import plain
from tests.refunds.factories import fetch, make_case, make_order, make_stock
from tests.refunds.goods import PARCEL, do, found, inspecting, make_return, on_hand

pytestmark = pytest.mark.once

FIFTY = Decimal("50.00")


def make_exchange(cast: Cast, *lines: tuple[int, str]) -> RefundCase:
    return make_return(cast, *(lines or [(1, "50.00")]), kind=Kind.EXCHANGE)


def sends(case: RefundCase) -> list[tuple[str, int]]:
    """What the live replacement of the case sends."""
    live = Replacement.objects.get(case=case, cancelled_at=None)
    return list(live.lines.values_list("sku", "quantity"))


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


def lapse(cast: Cast, case: RefundCase) -> None:
    with time_machine.travel(fetch(case).due_at):
        assert expire_deadlines().decided == 1


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


def test_the_timer_approves_an_exchange_of_what_is_in_stock(cast: Cast) -> None:
    make_stock(cast.a)
    case = make_exchange(cast)
    lapse(cast, case)
    case = fetch(case)
    assert (case.kind, case.state, on_hand(cast)) == (Kind.EXCHANGE, State.AWAITING_RETURN, 0)


def test_the_timer_makes_a_refund_of_what_is_out_of_stock(cast: Cast) -> None:
    case = make_exchange(cast)
    lapse(cast, case)
    case = fetch(case)
    assert (case.kind, case.in_money, case.state) == (
        Kind.RETURN_REFUND,
        True,
        State.AWAITING_RETURN,
    )
    assert case.policy.kind == Kind.RETURN_REFUND
    assert not Payout.objects.exists()
    do(cast, case, "receive", **PARCEL)
    do(cast, case, "accept_return")
    assert Payout.objects.get(case=case).amount == Decimal("50.00")


def test_the_timer_promises_nothing_in_part(cast: Cast) -> None:
    make_stock(cast.a, pieces=9)
    case = make_exchange(cast, (1, "50.00"), (1, "20.00"))
    lapse(cast, case)
    assert (fetch(case).kind, on_hand(cast)) == (Kind.RETURN_REFUND, 9)
    assert not Replacement.objects.exists()


def test_what_was_refunded_meanwhile_is_left_to_a_person(cast: Cast) -> None:
    """An exchange takes no money, so the money may be gone by the time it becomes a refund."""
    order = make_order(cast.a, (1, "50.00"))
    exchange = make_case(order, cast.staff, kind=Kind.EXCHANGE)
    make_case(order, cast.staff, kind=Kind.COMPENSATION, reason_code="N01", lines=[], amount=FIFTY)
    with time_machine.travel(exchange.due_at):
        assert expire_deadlines().decided == 0
    assert fetch(exchange).held_because
    assert (fetch(exchange).kind, fetch(exchange).in_money) == (Kind.EXCHANGE, False)


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
