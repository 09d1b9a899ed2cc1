"""Instant approval: each condition at its limit, the rails, and what the case keeps of it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from backoffice.actors import INSTALLER, RULES, person, system
from backoffice.audit.recording import recorded
from backoffice.clock import now
from backoffice.exceptions import NotAllowed, WrongState
from merchants.models import Store
from orders.models import Order
from refunds.demo.pictures import picture
from refunds.exceptions import HeldForPerson
from refunds.instant import rules
from refunds.instant.conditions import CONDITIONS
from refunds.instant.facts import Facts
from refunds.instant.rails import REFUSED_BEFORE
from refunds.instant.trying import hints
from refunds.models import (
    DecidedBy,
    FlaggedSku,
    InstantRule,
    Payout,
    RefundCase,
    RefundPolicy,
    RejectCode,
    RiskHold,
    State,
)
from refunds.workflow import perform
from tests.cast import Cast
from tests.refunds.factories import fetch, make_case, make_order

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


def received(store: Store, price: str = "30.00") -> Order:
    """A delivered order, of one article."""
    return make_order(store, (1, price), freight="0.00", shipped=now(), delivered=now())


def show(case: RefundCase, cast: Cast, party: str = "buyer") -> RefundCase:
    """The case after the buyer showed a photo."""
    perform(
        "attach",
        case_id=case.pk,
        actor=person(cast.staff),
        file=picture("photo.png", 3),
        party=party,
    )
    return fetch(case)


@pytest.fixture
def small(cast: Cast) -> RefundCase:
    """A case of ¥30 that lacks nothing but the photo."""
    return make_case(received(cast.a), cast.staff)


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


@pytest.fixture
def telling(cast: Cast) -> Store:
    """Store A, which tells when goods are picked."""
    order = received(cast.a)
    with recorded(system(INSTALLER), "From the warehouse."):
        order.picked_at = now()
        order.save()
    return cast.a


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


def switched(row: Any, **values: Any) -> None:
    """The row with other values."""
    with recorded(system(INSTALLER), "For a test."):
        for name, value in values.items():
            setattr(row, name, value)
        row.save()


def _flag(cast: Cast, _case: RefundCase) -> None:
    FlaggedSku.objects.create(store=cast.a, sku="SKU-1", why="Many come back broken.")


def _hold_buyer(_cast: Cast, case: RefundCase) -> None:
    RiskHold.objects.create(buyer=case.order.buyer, why="Empty boxes.")


def _held(_cast: Cast, case: RefundCase) -> None:
    switched(fetch(case), held_because="Somebody has to look.")


RAILS = {
    "switched off": lambda cast, _case: switched(cast.a, instant_approval=False),
    "flagged": _flag,
    "buyer held": _hold_buyer,
    "held": _held,
    "no more cases today": lambda cast, _case: switched(cast.a, daily_cap_count=0),
    "no more money today": lambda cast, _case: switched(cast.a, daily_cap_amount=Decimal("29.99")),
}


@pytest.mark.parametrize("rail", RAILS)
def test_what_a_rail_stops_waits_for_a_person(cast: Cast, small: RefundCase, rail: str) -> None:
    with recorded(system(INSTALLER), "For a test."):
        RAILS[rail](cast, small)
    case = show(fetch(small), cast)
    assert (case.state, case.decided_by, case.rule) == (State.REQUESTED, "", None)
    assert not Payout.objects.exists()


def test_the_switch_is_asked_again_under_the_lock(cast: Cast, small: RefundCase) -> None:
    switched(cast.a, instant_approval=False)
    show(fetch(small), cast)
    with pytest.raises(HeldForPerson, match="switched off for this store"):
        perform("instant_approve", case_id=small.pk, actor=system(RULES))
    assert not Payout.objects.exists()


@pytest.mark.parametrize(
    "lifted",
    [
        lambda cast, _case: FlaggedSku.objects.create(
            store=cast.a, sku="SKU-1", why="-", active=False
        ),
        lambda cast, _case: FlaggedSku.objects.create(store=cast.b, sku="SKU-1", why="Elsewhere."),
        lambda _cast, case: RiskHold.objects.create(buyer=case.order.buyer, why="-", active=False),
        lambda cast, _case: switched(cast.a, daily_cap_count=1, daily_cap_amount=Decimal(30)),
        lambda cast, _case: switched(cast.a, auto_approval=False),
    ],
    ids=["flag lifted", "flagged elsewhere", "hold lifted", "room for one", "timer switched off"],
)
def test_what_is_no_rail_lets_it_through(cast: Cast, small: RefundCase, lifted: Any) -> None:
    with recorded(system(INSTALLER), "For a test."):
        lifted(cast, small)
    assert show(fetch(small), cast).state == State.REVIEWED


def test_the_policy_s_ceiling_holds_for_rules_too(cast: Cast, telling: Store) -> None:
    ceiling = RefundPolicy.objects.filter(kind="refund_only", stage="not_shipped")[0].auto_ceiling
    assert (
        make_case(make_order(telling, (1, str(ceiling + 1))), cast.staff).state == State.REQUESTED
    )
    assert make_case(make_order(telling, (1, str(ceiling))), cast.staff).state == State.REVIEWED


def test_the_daily_cap_begins_again_the_next_day(cast: Cast, telling: Store) -> None:
    switched(cast.a, daily_cap_count=1)
    with time_machine.travel("2026-06-01 15:59:00Z", tick=False):  # 23:59 in Shanghai
        assert make_case(make_order(telling), cast.staff).state == State.REVIEWED
        assert make_case(make_order(telling), cast.staff).state == State.REQUESTED
    with time_machine.travel("2026-06-01 16:00:00Z", tick=False):
        assert make_case(make_order(telling), cast.staff).state == State.REVIEWED


def test_no_person_and_no_timer_may_do_it(cast: Cast, small: RefundCase) -> None:
    for actor in (person(cast.manager), person(cast.platform), system("timer")):
        with pytest.raises(NotAllowed):
            perform("instant_approve", case_id=small.pk, actor=actor)


def test_what_is_decided_or_disputed_is_left_alone(cast: Cast, small: RefundCase) -> None:
    perform("withdraw", case_id=small.pk, actor=person(cast.staff))
    with pytest.raises(WrongState):
        perform("instant_approve", case_id=small.pk, actor=system(RULES))


def test_a_photo_alone_does_not_undo_what_a_person_refused(
    client: Client, cast: Cast, small: RefundCase
) -> None:
    code = RejectCode.objects.get(code="R07")
    perform("reject", case_id=small.pk, actor=person(cast.supervisor), code=code, note="Abuse.")
    perform("reopen", case_id=small.pk, actor=person(cast.supervisor), note="They ask again.")
    case = show(small, cast)
    assert (case.state, case.decided_by, case.rule) == (State.REQUESTED, "", None)
    assert RefundCase.objects.filter(REFUSED_BEFORE.stopped).get() == case
    client.force_login(cast.staff)
    page = client.get(reverse("admin:refunds_refundcase_change", args=[case.pk])).content.decode()
    assert "A person refused this request before." in page
    assert not Payout.objects.exists()


def test_what_the_buyer_took_back_and_asks_for_again_is_for_rules_as_before(
    cast: Cast, small: RefundCase
) -> None:
    perform("withdraw", case_id=small.pk, actor=person(cast.staff))
    perform("reopen", case_id=small.pk, actor=person(cast.supervisor), note="They ask again.")
    assert show(small, cast).state == State.REVIEWED


def test_a_rule_approves_once(cast: Cast, small: RefundCase) -> None:
    show(small, cast)
    with pytest.raises(WrongState):
        perform("instant_approve", case_id=small.pk, actor=system(RULES))
    assert Payout.objects.count() == 1


@pytest.fixture
def own(cast: Cast) -> Iterator[InstantRule]:
    """Store A's own rule, up to ¥10."""
    with recorded(system(INSTALLER), "Its own."):
        yield InstantRule.objects.create(
            store=cast.a, name="Own", kind="refund_only", most_amount=10, photo_needed=False,
            valid_from=now() - timedelta(hours=1),
        )  # fmt: skip


def test_a_store_with_rules_of_its_own_goes_by_them_alone(cast: Cast, own: InstantRule) -> None:
    assert rules.in_force(cast.a, now()) == [own]
    assert len(rules.in_force(cast.b, now())) == 3
    assert show(make_case(received(cast.a), cast.staff), cast).state == State.REQUESTED
    assert make_case(received(cast.a, "10.00"), cast.staff).rule == own


def test_a_rule_decides_from_its_start_to_its_end(cast: Cast, own: InstantRule) -> None:
    own.valid_until = now() + timedelta(hours=1)
    own.save(update_fields=["valid_until"])
    assert own in rules.in_force(cast.a, own.valid_from)
    assert own not in rules.in_force(cast.a, own.valid_from - timedelta(seconds=1))
    assert own not in rules.in_force(cast.a, own.valid_until)


def test_the_page_says_why_no_rule_approved(client: Client, cast: Cast, small: RefundCase) -> None:
    assert [str(hint.rule) for hint in hints(fetch(small))] == ["Low value, received"]
    client.force_login(cast.staff)
    page = reverse("admin:refunds_refundcase_change", args=[small.pk])
    assert "no photo" in client.get(page).content.decode()
    with recorded(system(INSTALLER), "For a test."):
        _flag(cast, small)
    assert "An article of the case is flagged." in client.get(page).content.decode()


def test_the_page_says_which_rule_decided_and_by_what(
    client: Client, cast: Cast, small: RefundCase
) -> None:
    show(small, cast)
    client.force_login(cast.staff)
    text = client.get(reverse("admin:refunds_refundcase_change", args=[small.pk])).content.decode()
    assert "The rule “Low value, received” approved this at once" in text
    assert "at most ¥30.00" in text
    history = reverse("admin:refunds_refundcase_history", args=[small.pk])
    assert "Amount: ¥30.00 (at most ¥30.00) · Photo: yes" in client.get(history).content.decode()


def test_opening_by_the_form_says_that_a_rule_approved(
    client: Client, cast: Cast, telling: Store
) -> None:
    order = make_order(telling)
    client.force_login(cast.staff)
    line = order.lines.get()
    reason = RefundCase._meta.get_field("reason").related_model.objects.get(code="C01")
    response = client.post(
        reverse("admin:refunds_refundcase_open", args=[order.pk]),
        {"kind": "refund_only", "reason": reason.pk, f"line_{line.pk}": 1, "in_money": "on"},
        follow=True,
    )
    assert "a rule approved it at once" in response.content.decode()
    assert RefundCase.objects.get(order=order).decided_by == DecidedBy.RULE
