"""A buyer's record: from the same store's cases only, in one query, and never a refusal."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from backoffice.actors import INSTALLER, person, system
from backoffice.audit.recording import recorded
from backoffice.clock import now
from merchants.models import Store
from orders.models import Buyer, Order
from refunds import risk
from refunds.models import Dispute, Kind, RefundCase, RejectCode, Risk, State
from refunds.workflow import perform
from tests.cast import Cast
from tests.refunds.factories import fetch, make_case, make_order

pytestmark = pytest.mark.once


def bought(store: Store, buyer: Buyer | None = None, **more: object) -> Order:
    """An order, by ``buyer`` where one is given."""
    order = make_order(store, **more)
    if buyer is not None:
        with recorded(system(INSTALLER), "By the same buyer."):
            order.buyer = buyer
            order.save()
    return order


def asked(cast: Cast, buyer: Buyer, days_ago: float = 0, **request: object) -> RefundCase:
    """A case of store A by ``buyer``, requested so many days ago."""
    with time_machine.travel(now() - timedelta(days=days_ago), tick=True):
        return make_case(bought(cast.a, buyer), cast.staff, **request)


def record(buyer: Buyer, **more: object) -> risk.Record:
    """The buyer's record."""
    return risk.record_of(buyer.orders.all()[0], **more)


@pytest.fixture
def buyer(cast: Cast) -> Buyer:
    return bought(cast.a).buyer


def test_the_record_counts_cases_by_kind_and_the_share_of_orders(cast: Cast, buyer: Buyer) -> None:
    asked(cast, buyer, 10)
    asked(cast, buyer, 20, kind=Kind.RETURN_REFUND)
    case = asked(cast, buyer, 5)
    perform("approve", case_id=case.pk, actor=person(cast.staff), amount=Decimal("30.00"))
    perform("withdraw", case_id=asked(cast, buyer, 4).pk, actor=person(cast.staff))
    found = record(buyer, at=now())
    assert (found.orders, found.orders_with_case, found.share) == (5, 4, 80)
    assert (found.cases, found.refund_only, found.return_refund) == (4, 3, 1)
    assert (found.refunded, found.withdrawn) == (Decimal("30.00"), 1)


def test_the_window_is_ninety_days(cast: Cast, buyer: Buyer) -> None:
    at = now()
    for age in (89.99, 90.01):
        asked(cast, buyer, age)
    assert record(buyer, at=at).refund_only == 1


def test_it_takes_one_query_however_many_cases(
    cast: Cast, buyer: Buyer, django_assert_num_queries: Callable[[int], object]
) -> None:
    for _ in range(4):
        asked(cast, buyer)
    order = buyer.orders.all()[0]
    with django_assert_num_queries(1):
        assert risk.record_of(order, at=now()).cases == 4


def test_a_case_can_be_left_out_and_duplicates_are(cast: Cast, buyer: Buyer) -> None:
    first, second = asked(cast, buyer, 3), asked(cast, buyer, 2)
    perform("withdraw", case_id=second.pk, actor=person(cast.staff))
    with recorded(system(INSTALLER), "It was the same request."):
        second = fetch(second)
        second.merged_into = first
        second.save()
    assert record(buyer, at=now()).cases == 1
    assert record(buyer, at=now(), without=first).cases == 0


def test_another_stores_cases_are_never_counted(cast: Cast, buyer: Buyer) -> None:
    with recorded(system(INSTALLER), "The same person buys in store B."):
        twin = Buyer.objects.create(store=cast.b, code=buyer.code, name=buyer.name)
    for _ in range(6):
        make_case(bought(cast.b, twin), cast.staff2)
    assert record(buyer, at=now()).cases == 0
    assert asked(cast, buyer).risk == Risk.LOW


def test_abuse_and_lost_disputes_are_found(cast: Cast, buyer: Buyer) -> None:
    abuse = RejectCode.objects.get(code="R07")
    case = asked(cast, buyer)
    perform("reject", case_id=case.pk, actor=person(cast.manager), code=abuse, note="Third time.")
    with recorded(system(INSTALLER), "The platform decided for the merchant."):
        Dispute.objects.create(
            case=case, claim="Mine.", opened_at=now(), verdict="merchant", grounds="Clear.",
            liable="buyer", decided_at=now(), closed_at=now(),
        )  # fmt: skip
    found = record(buyer, at=now())
    assert (found.abuse, found.disputes_lost, risk.level(found)) == (1, 1, Risk.HIGH)


@pytest.mark.once
@pytest.mark.parametrize(
    ("figures", "points", "level"),
    [
        ({"refund_only": 2, "withdrawn": 2}, 0, Risk.LOW),
        ({"withdrawn": 3}, 1, Risk.LOW),
        ({"refund_only": 3}, 2, Risk.MEDIUM),
        ({"refund_only": 5, "orders": 6, "orders_with_case": 3}, 4, Risk.MEDIUM),
        ({"refund_only": 6}, 4, Risk.MEDIUM),
        ({"refund_only": 6, "withdrawn": 3}, 5, Risk.HIGH),
        ({"refund_only": 3, "abuse": 1}, 5, Risk.HIGH),
        ({"orders": 7, "orders_with_case": 3}, 0, Risk.LOW),
        ({"orders": 2, "orders_with_case": 2}, 0, Risk.LOW),
        ({"disputes_lost": 4}, 2, Risk.MEDIUM),
    ],
)
def test_the_points_add_up_to_a_level_and_say_why(
    figures: dict[str, int], points: int, level: Risk
) -> None:
    found = risk.Record(**figures)
    assert (risk.score(found), risk.level(found)) == (points, level)
    assert sum(given for _words, given in risk.reasons(found)) == points


def test_the_record_is_frozen_when_requested(cast: Cast, buyer: Buyer) -> None:
    for days in (30, 20, 10):
        asked(cast, buyer, days)
    case = asked(cast, buyer, 5)
    asked(cast, buyer, 1)
    case = fetch(case)
    assert (case.risk, risk.thaw(case.risk_figures).refund_only) == (Risk.MEDIUM, 3)
    assert record(buyer, at=now(), without=case).refund_only == 4


def test_nothing_is_refused_because_of_risk(cast: Cast, buyer: Buyer) -> None:
    abuse = RejectCode.objects.get(code="R07")
    for _ in range(4):
        case = asked(cast, buyer)
        perform("reject", case_id=case.pk, actor=person(cast.manager), code=abuse, note="Again.")
    case = asked(cast, buyer)
    assert (case.risk, case.state) == (Risk.HIGH, State.REQUESTED)
    perform("approve", case_id=case.pk, actor=person(cast.staff))
    assert fetch(case).state == State.REVIEWED
    late = asked(cast, buyer, 3)
    assert late.due_at < now()
    perform("auto_approve", case_id=late.pk, actor=system("timer"))
    assert fetch(late).state == State.REVIEWED


def test_the_hint_goes_by_what_the_record_says_by_now(
    client: Client, cast: Cast, buyer: Buyer
) -> None:
    case = asked(cast, buyer, 5)
    assert case.risk == Risk.LOW
    for days in (3, 2, 1):
        asked(cast, buyer, days)
    client.force_login(cast.staff)
    text = client.get(reverse("admin:refunds_refundcase_change", args=[case.pk])).content.decode()
    assert "The buyer&#x27;s record says: risk “Medium”." in text
    assert "asks for no special care" not in text


def test_the_page_shows_the_record_then_and_now(client: Client, cast: Cast, buyer: Buyer) -> None:
    for days in (30, 20, 10):
        asked(cast, buyer, days)
    case = asked(cast, buyer, 5)
    client.force_login(cast.staff)
    text = client.get(reverse("admin:refunds_refundcase_change", args=[case.pk])).content.decode()
    assert "record" in text
    assert "3 refund-only cases in 90 days" in text
    assert "Nothing is refused because of it." in text
