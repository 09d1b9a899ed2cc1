"""Instant approval: each condition at its limit."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from backoffice.actors import INSTALLER, RULES, system
from backoffice.audit.recording import recorded
from backoffice.clock import now
from merchants.models import Store
from refunds.instant import rules
from refunds.instant.conditions import CONDITIONS
from refunds.instant.facts import Facts
from refunds.models import DecidedBy, InstantRule, Payout, RefundCase, State
from tests.cast import Cast
from tests.refunds.factories import fetch, make_case, make_order
from tests.refunds.instant.asking import received, show

LOW = InstantRule(
    name="Low value",
    kind="refund_only",
    most_amount=Decimal(30),
    most_cases=2,
    highest_risk="medium",
)

UNPICKED = InstantRule(name="Not picked", kind="refund_only", not_picked=True, photo_needed=False)
GOOD = Facts(Decimal("30.00"), "CNY", "CNY", photo=True, refund_only=2, risk="medium", picked=True)


@pytest.mark.once
@pytest.mark.parametrize(
    ("rule", "changed", "obstacle"),
    [
        (LOW, {}, ""),
        (LOW, {"amount": Decimal("30.01")}, "amount"),
        (LOW, {"amount": Decimal("29.99")}, ""),
        (LOW, {"photo": False}, "photo"),
        (LOW, {"refund_only": 3}, "cases"),
        (LOW, {"refund_only": None}, "buyer"),
        (LOW, {"risk": "high"}, "risk"),
        (LOW, {"risk": "low"}, ""),
        (LOW, {"currency": "EUR", "store_currency": "EUR"}, "currency"),
        (UNPICKED, {"picked": False, "photo": False, "refund_only": None}, ""),
        (UNPICKED, {"picked": False, "currency": "EUR", "store_currency": "EUR"}, ""),
        (UNPICKED, {"picked": True}, "picked"),
        (UNPICKED, {"picked": None}, "picking"),
    ],
)
def test_each_condition_holds_up_to_its_limit(
    rule: InstantRule, changed: dict[str, Any], obstacle: str
) -> None:
    found = [condition.code for condition in rules.obstacles(rule, replace(GOOD, **changed))]
    assert found == ([obstacle] if obstacle else [])


@pytest.mark.once
def test_every_condition_has_words() -> None:
    for condition in CONDITIONS:
        assert condition.words(LOW, replace(GOOD, refund_only=None))


def test_the_photo_lets_the_low_value_rule_decide(cast: Cast, small: RefundCase) -> None:
    assert fetch(small).state == State.REQUESTED
    case = show(small, cast)
    assert (case.state, case.decided_by, case.due_at) == (State.REVIEWED, DecidedBy.RULE, None)
    assert (case.rule.name, case.amount_approved) == ("Low value, received", Decimal("30.00"))
    assert case.rule_figures == {
        "amount": "30.00", "most_amount": "30.00", "currency": "CNY", "photo": True, "refund_only": 0,
        "most_cases": 2, "risk": "low", "highest_risk": "medium", "not_picked": False,
    }  # fmt: skip
    assert Payout.objects.get(case=case).amount == Decimal("30.00")
    version = case.history.latest()
    assert (version.action, version.history_user.username) == ("instant_approve", RULES)
    assert (version.source, version.rule_id) == ("rule", case.rule_id)
    assert "A rule approved this at once" in version.history_change_reason


def test_a_store_s_own_photo_does_not_count(cast: Cast, small: RefundCase) -> None:
    assert show(small, cast, party="store").state == State.REQUESTED


def test_a_case_above_the_limit_waits_for_people(cast: Cast) -> None:
    case = show(make_case(received(cast.a, "30.01"), cast.staff), cast)
    assert (case.state, case.decided_by, case.rule) == (State.REQUESTED, "", None)


@pytest.mark.parametrize(("before", "state"), [(2, State.REVIEWED), (3, State.REQUESTED)])
def test_the_buyer_may_have_had_two_cases_before(cast: Cast, before: int, state: str) -> None:
    order = received(cast.a)
    for _ in range(before):
        earlier = received(cast.a, "300.00")
        with recorded(system(INSTALLER), "By the same buyer."):
            earlier.buyer = order.buyer
            earlier.save()
        make_case(earlier, cast.staff)
    assert show(make_case(order, cast.staff), cast).state == state


def test_goods_that_are_not_picked_are_refunded_when_requested(cast: Cast, telling: Store) -> None:
    case = make_case(make_order(telling), cast.staff)
    assert (case.state, case.rule.name) == (State.REVIEWED, "Not picked yet")
    assert fetch(case).version == 2
    assert [v.action for v in case.history.order_by("history_id")] == ["request", "instant_approve"]


def test_picked_goods_and_stores_that_do_not_tell_go_to_people(cast: Cast, telling: Store) -> None:
    order = make_order(telling)
    with recorded(system(INSTALLER), "From the warehouse."):
        order.picked_at = now()
        order.save()
    assert make_case(order, cast.staff).state == State.REQUESTED
    assert make_case(make_order(cast.b), cast.staff2).state == State.REQUESTED
