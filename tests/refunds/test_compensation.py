"""Each type of compensation, from the proposal to what the buyer was given."""

from decimal import Decimal

import pytest

from backoffice.exceptions import BadInput, WrongState
from refunds.exceptions import RefundExceedsBalance
from refunds.models import Bearer, Compensation, Payout
from tests.cast import Cast
from tests.refunds.compensations import do, propose, row_of, settled
from tests.refunds.factories import fetch, make_case, make_order

pytestmark = pytest.mark.once  # the desk of test_action_matrix.py is made on both

Type = Compensation.Type
MONEY = (Type.PARTIAL, Type.FREIGHT, Type.GOODWILL, Type.LIQUIDATED)


@pytest.mark.parametrize("kind", Compensation.WITHOUT_MONEY)
def test_what_is_not_money_is_proposed_approved_and_given(cast: Cast, kind: str) -> None:
    case = propose(make_order(cast.a), cast.staff, kind, "8.00", bearer=Bearer.SUPPLIER)
    row = row_of(case)
    assert (row.type, row.amount, row.bearer, row.given_at) == (kind, 8, Bearer.SUPPLIER, None)
    assert (case.in_money, case.bearer) == (False, Bearer.SUPPLIER)
    assert row.history.get().history_user == cast.staff

    do(case, cast.staff, "approve")
    assert not Payout.objects.exists()
    do(case, cast.staff, "give", reference="CPN-1", note="Sent by mail.")
    row, case = row_of(case), fetch(case)
    assert (case.state, row.reference, row.given_at is not None) == ("compensated", "CPN-1", True)
    version = row.history.latest()
    assert (version.history_change_reason, version.action) == ("Sent by mail.", "give")


@pytest.mark.parametrize("kind", MONEY)
def test_money_is_paid_out_and_on_record_once_it_arrived(cast: Cast, kind: str) -> None:
    case = propose(make_order(cast.a), cast.staff, kind, "8.00")
    assert case.in_money
    do(case, cast.staff, "approve")
    with pytest.raises(WrongState):
        do(case, cast.staff, "give", reference="CPN-1")
    assert row_of(case).given_at is None
    payout = settled(cast, case)
    row = row_of(case)
    assert (fetch(case).state, payout.amount) == ("refunded", Decimal("8.00"))
    assert (row.reference, row.given_at) == (payout.number, payout.settled_at)


def test_less_may_be_approved_and_that_is_what_is_given(cast: Cast) -> None:
    case = propose(make_order(cast.a), cast.staff, Type.COUPON, "9.00")
    do(case, cast.staff, "approve", amount=Decimal("6.50"))
    assert row_of(case).amount == Decimal("6.50")


def test_an_amount_is_shared_over_the_lines_without_a_rest(cast: Cast) -> None:
    order = make_order(cast.a, (3, "33.33"))
    case = propose(order, cast.staff, Type.GOODWILL, "5.01", quantity=3)
    assert [line.amount_requested for line in case.lines.all()] == [Decimal("5.01")]
    assert case.amount_requested == Decimal("5.01")


def test_money_counts_against_what_was_paid_and_a_coupon_does_not(cast: Cast) -> None:
    order = make_order(cast.a, (1, "50.00"), freight="0.00")
    make_case(order, cast.staff)
    with pytest.raises(RefundExceedsBalance):
        propose(order, cast.staff, Type.GOODWILL, "0.01")
    propose(order, cast.staff, Type.COUPON, "5.00")


def test_freight_is_given_once(cast: Cast) -> None:
    order = make_order(cast.a, freight="10.00")
    case = propose(order, cast.staff, Type.FREIGHT, "10.00")
    assert (case.freight_requested, case.amount_requested) == (10, 10)
    with pytest.raises(RefundExceedsBalance, match="freight"):
        propose(order, cast.staff, Type.FREIGHT, "0.01")
    with pytest.raises(BadInput, match="once"):
        propose(order, cast.staff, Type.FREIGHT, "1.00", freight=Decimal("1.00"))


@pytest.mark.parametrize(
    ("kind", "amount", "more", "sentence"),
    [
        ("gold", "1.00", {}, "no type of compensation"),
        (Type.COUPON, None, {}, "more than zero"),
        (Type.COUPON, "-1.00", {}, "more than zero"),
        (Type.COUPON, "0.001", {}, "more decimals than CNY"),
        (Type.COUPON, "1.00", {"bearer": "buyer"}, "borne by"),
        (Type.COUPON, "1.00", {"bearer": "nobody"}, "borne by"),
        (Type.COUPON, "1.00", {"loss": Decimal(1)}, "for food only"),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_sentence(
    cast: Cast, kind: str, amount: str, more: dict[str, object], sentence: str
) -> None:
    order = make_order(cast.a)
    with pytest.raises(BadInput, match=sentence):
        propose(order, cast.staff, kind, amount, **more)
    assert not Compensation.objects.exists()
    assert not order.cases.exists()


def test_only_a_compensation_has_a_type(cast: Cast) -> None:
    with pytest.raises(BadInput, match="belong to a compensation"):
        make_case(make_order(cast.a), cast.staff, compensation_type=Type.COUPON)


def test_what_was_proposed_is_what_is_given(cast: Cast) -> None:
    case = propose(make_order(cast.a), cast.staff, Type.COUPON, "5.00")
    do(case, cast.staff, "approve")
    with pytest.raises(BadInput, match="nothing else can be given"):
        do(case, cast.staff, "give", type=Type.POINTS, reference="P-1")
    with pytest.raises(BadInput, match="Write down"):
        do(case, cast.staff, "give", reference="  ")
    assert fetch(case).state == "reviewed"


def test_without_a_type_money_is_goodwill_and_the_rest_a_coupon(cast: Cast) -> None:
    order = make_order(cast.a)
    for in_money, kind in ((True, Type.GOODWILL), (False, Type.COUPON)):
        case = propose(order, cast.staff, "", "5.00", in_money=in_money)
        assert row_of(case).type == kind


def test_all_compensation_of_an_order_stays_within_its_cap(cast: Cast) -> None:
    order = make_order(cast.a, (1, "100.00"))
    with pytest.raises(BadInput, match=r"At most ¥100\.00"):
        propose(order, cast.staff, Type.COUPON, "100.01")
    first = propose(order, cast.staff, Type.COUPON, "60.00")
    do(first, cast.manager, "approve")
    with pytest.raises(BadInput, match=r"At most ¥40\.00"):
        propose(order, cast.staff, Type.COUPON, "40.01")
    propose(order, cast.staff, Type.COUPON, "40.00")


def test_liquidated_damages_come_on_top_of_what_was_paid(cast: Cast) -> None:
    order = make_order(cast.a, (1, "50.00"), freight="0.00")
    refund = make_case(order, cast.staff)
    damages = propose(order, cast.staff, Type.LIQUIDATED, "5.00")
    for case in (refund, damages):
        do(case, cast.staff, "approve")
    assert sum(payout.amount for payout in Payout.objects.all()) == Decimal("55.00")
    with pytest.raises(BadInput, match="At most"):
        propose(order, cast.staff, Type.LIQUIDATED, "45.01")


def test_a_reference_is_used_once_per_store(cast: Cast) -> None:
    for n in range(2):
        case = propose(make_order(cast.a), cast.staff, Type.COUPON, "5.00")
        do(case, cast.staff, "approve")
        if n:
            with pytest.raises(BadInput, match="already given"):
                do(case, cast.staff, "give", reference="CPN-1")
        else:
            do(case, cast.staff, "give", reference="CPN-1")
