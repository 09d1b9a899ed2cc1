"""What keeps a case from being approved with nobody looking: rails, and the store's daily cap."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import product

import pytest
import time_machine

from backoffice.actors import INSTALLER, TIMER, person, system
from backoffice.audit.bulk import create_many
from backoffice.audit.recording import recorded
from backoffice.clock import now
from merchants.models import Store
from refunds.deciding import daily_cap, rails
from refunds.models import Clock, Kind, Reason, RefundCase, RefundPolicy, RiskHold, Stage
from refunds.sweep import expire_deadlines
from refunds.workflow import perform
from tests.cast import Cast
from tests.refunds.factories import fetch, make_case, make_order

AMOUNT = Decimal("100.00")
BELOW, ABOVE = AMOUNT - 1, AMOUNT + 1


def set_store(store: Store, **fields: object) -> None:
    """Change the store's switches or caps."""
    with recorded(system(INSTALLER), "For a test."):
        for name, value in fields.items():
            setattr(store, name, value)
        store.save()


def every_combination(cast: Cast) -> list[RefundCase]:
    """A case for each way in which the rails can stand together."""
    reason, cases = Reason.objects.get(code="C01"), []
    set_store(cast.a2, auto_approval=False)
    orders = [make_order(store) for store in (cast.a, cast.a2) for _ in range(4)]
    for order in (orders[1], orders[5]):
        RiskHold.objects.create(buyer=order.buyer, why="Too many returns.")
    for order in (orders[2], orders[6]):
        RiskHold.objects.create(buyer=order.buyer, why="Lifted.", active=False)
    for order in (orders[3], orders[7]):
        order.buyer = None
        order.save()
    policies = [
        RefundPolicy.objects.create(
            kind=Kind.REFUND_ONLY,
            stage=Stage.SHIPPED,
            channel=f"test-{n}",
            valid_from=now(),
            review_hours=24,
            auto_ceiling=ceiling,
            second_approval_above=second,
        )
        for n, (ceiling, second) in enumerate(
            product((BELOW, AMOUNT, ABOVE), (None, BELOW, AMOUNT, ABOVE))
        )
    ]
    for order, policy, at_deadline, held in product(
        orders, policies, RefundPolicy.AtDeadline.values, ("", "A person said so.")
    ):
        cases.append(
            RefundCase(
                store=order.store,
                order=order,
                kind=Kind.REFUND_ONLY,
                reason=reason,
                currency="CNY",
                amount_requested=AMOUNT,
                stage=Stage.SHIPPED,
                policy=policy,
                at_deadline=at_deadline,
                requested_at=now(),
                clock=Clock.REVIEW,
                due_at=now(),
                held_because=held,
            )
        )
    return list(create_many(cases))


@pytest.mark.parametrize("name", ["HELD", "SWITCHED_OFF", "TO_A_PERSON", "ABOVE_CEILING", "NEEDS_TWO", "BUYER_HELD"])  # fmt: skip
def test_a_rail_stops_one_case_as_it_stops_many(cast: Cast, name: str) -> None:
    rail = getattr(rails, name)
    with recorded(system(INSTALLER), "For a test."):
        cases = every_combination(cast)
    stopped = set(RefundCase.objects.filter(rail.stopped).values_list("pk", flat=True))
    assert stopped == {case.pk for case in cases if rail.stops(case)}
    assert 0 < len(stopped) < len(cases)


def test_all_rails_together_let_the_same_cases_through(cast: Cast) -> None:
    with recorded(system(INSTALLER), "For a test."):
        cases = every_combination(cast)
    free = set(RefundCase.objects.filter(rails.free()).values_list("pk", flat=True))
    assert free == {case.pk for case in cases if not rails.reason(case)}
    column = dict(RefundCase.objects.order_by().values_list("pk", rails.reason_column()))
    rows = [case for case in cases if not case.held_because]
    assert {case.pk: column[case.pk] for case in rows} == {c.pk: rails.reason(c) for c in rows}
    assert 0 < len(free) < len(cases)


def sweep_after(*cases: RefundCase) -> list[RefundCase]:
    """The cases after the timer looked, once all of them were due."""
    with time_machine.travel(max(case.due_at for case in cases if case.due_at)):
        expire_deadlines()
    return [fetch(case) for case in cases]


def test_the_daily_cap_counts_cases(cast: Cast) -> None:
    set_store(cast.a, daily_cap_count=2)
    cases = [make_case(make_order(cast.a), cast.staff) for _ in range(4)]
    elsewhere = make_case(make_order(cast.b), cast.staff2)
    *swept, other = sweep_after(*cases, elsewhere)
    assert [case.state for case in swept] == ["reviewed"] * 2 + ["requested"] * 2
    assert {case.held_because for case in swept[2:]} == {rails.CAP_REACHED}
    assert other.state == "reviewed"


def test_the_daily_cap_adds_up_money_and_lets_a_smaller_case_through(cast: Cast) -> None:
    set_store(cast.a, daily_cap_amount=Decimal("100.00"))
    prices = ("60.00", "41.00", "40.00", "0.01")
    swept = sweep_after(*[make_case(make_order(cast.a, (1, p)), cast.staff) for p in prices])
    assert [case.state for case in swept] == ["reviewed", "requested", "reviewed", "requested"]


def test_a_return_that_nobody_inspected_takes_room_of_the_day_it_is_accepted(cast: Cast) -> None:
    set_store(cast.a, daily_cap_count=1, return_address="Dock 1")
    staff, parcel = person(cast.staff), {"carrier": "SF", "tracking": "SF1"}
    back = [
        make_case(make_order(cast.a, shipped=now()), cast.staff, kind=Kind.RETURN_REFUND)
        for _ in range(2)
    ]
    for case in back:
        perform("approve", case_id=case.pk, actor=staff)
        perform("receive", case_id=case.pk, actor=staff, **parcel)
    swept = sweep_after(*[fetch(case) for case in back])
    assert [case.state for case in swept] == ["reviewed", "inspecting"]
    assert (swept[0].decided_by, swept[1].held_because) == ("timer", rails.CAP_REACHED)


def test_the_next_day_has_room_again_in_the_stores_own_time(cast: Cast) -> None:
    set_store(cast.a, daily_cap_count=1, time_zone="Asia/Shanghai")
    evening = datetime(2027, 3, 1, 15, 0, tzinfo=UTC)  # 23:00 in Shanghai
    first, second = (make_case(make_order(cast.a), cast.staff) for _ in range(2))
    with recorded(system(TIMER), "For a test."):
        for case, at in ((first, evening), (second, evening + timedelta(hours=1, minutes=1))):
            case.due_at = at
            case.save()
    with time_machine.travel(evening):
        assert expire_deadlines().decided == 1
        assert daily_cap.rooms([cast.a.pk])[cast.a.pk].cases == 0
    with time_machine.travel(second.due_at):
        assert (expire_deadlines().decided, fetch(second).state) == (1, "reviewed")


def test_each_currency_is_capped_by_itself(cast: Cast) -> None:
    room = daily_cap.Room(cases=3, money=Decimal(10))
    assert [room.take("CNY", Decimal(8)), room.take("CNY", Decimal(3))] == [True, False]
    assert [room.take("GBP", Decimal(8)), room.take("CNY", Decimal(2))] == [True, True]
    assert not room.take("CNY", Decimal(0))
