"""How much each role approves alone."""

from decimal import Decimal

import pytest

from backoffice.actors import INSTALLER, system
from backoffice.audit.recording import recorded
from refunds.models import CompensationLimit, Payout
from tests.cast import Cast
from tests.refunds.compensations import do, propose
from tests.refunds.deciding.alone import Type, decided_alone
from tests.refunds.factories import fetch, make_order

pytestmark = pytest.mark.once


def limit(role: str, **fields: object) -> None:
    """Change a role's limit."""
    with recorded(system(INSTALLER), "For a test."):
        row = CompensationLimit.objects.get(role=role)
        for name, value in fields.items():
            setattr(row, name, value)
        row.save()


@pytest.mark.parametrize(
    ("role", "price", "amount", "alone"),
    [
        ("staff", "100.00", "10.00", True),  # exactly 10 %
        ("staff", "100.00", "10.01", False),
        ("staff", "500.00", "50.00", True),  # exactly 10 % and ¥50
        ("staff", "501.00", "50.00", True),
        ("staff", "501.00", "50.01", False),  # within 10 %, a cent above ¥50
        ("supervisor", "100.00", "30.00", True),
        ("supervisor", "100.00", "30.01", False),
        ("supervisor", "2000.00", "300.00", True),
        ("supervisor", "2000.00", "300.01", False),
        ("manager", "2000.00", "2000.00", True),
    ],
)
def test_each_role_approves_up_to_its_limit(
    cast: Cast, role: str, price: str, amount: str, alone: bool
) -> None:
    case = propose(make_order(cast.a, (1, price)), cast.staff, Type.GOODWILL, amount)
    do(case, cast.people[role], "approve")
    assert decided_alone(case) is alone
    assert Payout.objects.filter(case=case).exists() is alone


@pytest.mark.parametrize(("amount", "alone"), [("50.00", True), ("50.01", False)])
def test_a_role_is_bound_by_its_own_cap_where_another_may_give_more(
    cast: Cast, amount: str, alone: bool
) -> None:
    limit("staff", percent=None, amount=None, cap_percent=Decimal(50))
    case = propose(make_order(cast.a, (1, "100.00")), cast.staff, Type.GOODWILL, amount)
    do(case, cast.staff, "approve")
    assert (fetch(case).state == "reviewed") is alone


def test_the_percent_is_of_the_goods_that_the_case_names(cast: Cast) -> None:
    order = make_order(cast.a, (1, "40.00"), (1, "400.00"))
    named = propose(order, cast.staff, Type.COUPON, "4.01", quantity=1)
    do(named, cast.staff, "approve")
    assert not decided_alone(named)


def test_many_small_ones_are_a_large_one(cast: Cast) -> None:
    order = make_order(cast.a, (1, "1000.00"))
    for amount, alone in (("30.00", True), ("20.00", True), ("0.01", False)):
        case = propose(order, cast.staff, Type.COUPON, amount)
        do(case, cast.staff, "approve")
        assert decided_alone(case) is alone


def test_a_currency_without_cents(cast: Cast) -> None:
    with recorded(system(INSTALLER), "For a test."):
        cast.a.currency = "JPY"
        cast.a.save()
    limit("staff", amount=None)
    for amount, alone in (("100", True), ("101", False)):  # 10 % of ¥1,005 is ¥100.5
        case = propose(make_order(cast.a, (1, "1005"), freight="0"), cast.staff, "", amount)
        do(case, cast.staff, "approve")
        assert decided_alone(case) is alone
    limit("staff", amount=Decimal(50))
    case = propose(make_order(cast.a, (1, "1005"), freight="0"), cast.staff, "", "1")
    do(case, cast.staff, "approve")
    assert not decided_alone(case)  # CNY 50 says nothing about yen


def test_a_role_without_a_row_approves_nothing_alone(cast: Cast) -> None:
    limit("staff", amount=Decimal(0))
    case = propose(make_order(cast.a), cast.staff, Type.COUPON, "0.01")
    do(case, cast.staff, "approve")
    assert not decided_alone(case)
