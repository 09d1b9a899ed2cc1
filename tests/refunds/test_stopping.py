"""Goods that are refunded before they arrive: the list of what is to be stopped, and what came of it."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from backoffice.actors import INSTALLER, person, system
from backoffice.audit.recording import recorded
from backoffice.clock import now
from backoffice.exceptions import BadInput, NotAllowed, WrongState
from orders.models import Shipment
from refunds.desk.queues import BY_NAME
from refunds.goods.stopping import may_be_stopped, whereabouts
from refunds.models import RefundCase, State
from refunds.sweep import expire_deadlines
from refunds.workflow import perform
from tests.cast import Cast
from tests.refunds.factories import fetch, make_case, make_order

LIST = reverse("admin:refunds_refundcase_changelist")


def to_stop() -> set[int]:
    return set(RefundCase.objects.filter(BY_NAME["to_stop"].where).values_list("pk", flat=True))


def page(client: Client, case: RefundCase) -> str:
    address = reverse("admin:refunds_refundcase_change", args=[case.pk])
    return client.get(address).content.decode()


def ship(case: RefundCase, *, delivered: bool = False) -> None:
    """A parcel of the case's order leaves now."""
    with recorded(system(INSTALLER), "For a test."):
        at = now()
        Shipment.objects.create(
            order=case.order, shipped_at=at, delivered_at=at if delivered else None
        )


@pytest.fixture
def approved(cast: Cast) -> RefundCase:
    """Approved in full while the goods were here."""
    case = make_case(make_order(cast.a), cast.staff)
    return perform("approve", case_id=case.pk, actor=person(cast.staff))


def test_what_the_timer_approves_is_on_the_list_like_what_a_person_does(
    cast: Cast, approved: RefundCase
) -> None:
    silent = make_case(make_order(cast.a), cast.staff)
    under_way = make_case(make_order(cast.a, shipped=now()), cast.staff)
    with time_machine.travel(under_way.due_at):
        expire_deadlines()
    assert fetch(silent).state == fetch(under_way).state == State.REVIEWED
    assert to_stop() == {approved.pk, silent.pk, under_way.pk}


def test_what_leaves_the_buyer_the_goods_is_not(cast: Cast) -> None:
    """A part of the price, the freight alone, goods that were received, and what nobody approved."""
    staff = person(cast.staff)
    part, freight, received, _open = (
        make_case(make_order(cast.a), cast.staff),
        make_case(make_order(cast.a), cast.staff, lines=[], freight=Decimal("10.00")),
        make_case(make_order(cast.a, shipped=now(), delivered=now()), cast.staff),
        make_case(make_order(cast.a), cast.staff),
    )
    perform("approve", case_id=part.pk, actor=staff, amount=Decimal("49.98"))
    perform("approve", case_id=freight.pk, actor=staff)
    perform("approve", case_id=received.pk, actor=staff)
    assert to_stop() == set()
    for case in (part, freight, received):
        assert not may_be_stopped(fetch(case))
        with pytest.raises(WrongState):
            perform("note_stopped", case_id=case.pk, actor=staff, stopped="stopped")


def test_one_case_and_many_are_asked_the_same(cast: Cast) -> None:
    """Also where the price of some pieces out of several, less a discount, had to be rounded."""
    order = make_order(cast.a, (3, "10.00"))
    line = order.lines.get()
    with recorded(system(INSTALLER), "For a test."):
        line.discount = Decimal("0.50")
        line.save()
    cases = [make_case(order, cast.staff), make_case(order, cast.staff, quantity=2)]
    for case in cases:
        perform("approve", case_id=case.pk, actor=person(cast.staff))
        assert may_be_stopped(fetch(case))
    assert to_stop() == {case.pk for case in cases}


def test_what_is_old_has_arrived_long_since(approved: RefundCase) -> None:
    with recorded(system(INSTALLER), "For a test."):
        approved.decided_at = now() - timedelta(days=15)
        approved.save()
    assert to_stop() == set()
    assert may_be_stopped(approved)  # it can still be written down


def test_staff_write_down_what_became_of_the_parcel(
    client: Client, cast: Cast, approved: RefundCase
) -> None:
    client.force_login(cast.staff)
    assert "see that they stay here" in page(client, approved)
    listed = client.get(LIST, {"queue": "to_stop"}).content.decode()
    assert approved.number in listed
    url = reverse("admin:refunds_refundcase_do", args=[approved.pk, "note_stopped"])
    form = {"version": approved.version, "stopped": "stopped", "note": "Taken off the belt."}
    assert client.post(url, {**form, "stopped": "lost"}).status_code == 400
    assert client.post(url, form).status_code == 302
    case = fetch(approved)
    version = case.history.latest("history_id")
    assert (case.stopped, case.state) == ("stopped", State.REVIEWED)
    assert (version.action, version.history_user) == ("note_stopped", cast.staff)
    assert version.history_change_reason == "Taken off the belt."
    assert client.post(url, form).status_code == 409  # a stale tab
    assert "Nothing more has to be done about the goods." in page(client, case)
    assert to_stop() == set()


def test_what_was_written_can_be_corrected_and_is_not_written_twice(
    cast: Cast, approved: RefundCase
) -> None:
    staff = person(cast.staff)
    perform("note_stopped", case_id=approved.pk, actor=staff, stopped="gone")
    with pytest.raises(BadInput, match="written down already"):
        perform("note_stopped", case_id=approved.pk, actor=staff, stopped="gone")
    perform("note_stopped", case_id=approved.pk, actor=staff, stopped="stopped")
    assert fetch(approved).stopped == "stopped"
    for user in (cast.finance, cast.auditor, cast.platform):
        with pytest.raises(NotAllowed):
            perform("note_stopped", case_id=approved.pk, actor=person(user), stopped="gone")


def test_a_parcel_that_leaves_all_the_same_is_said_in_red(
    client: Client, cast: Cast, approved: RefundCase
) -> None:
    assert whereabouts(fetch(approved)) == "here"
    client.force_login(cast.staff)
    order = reverse("admin:orders_order_change", args=[approved.order_id])
    assert "were refunded before they left" in client.get(order).content.decode()
    with time_machine.travel(now() + timedelta(hours=1)):
        ship(approved)
    assert "The goods left after their refund was approved." in page(client, approved)
    with time_machine.travel(now() + timedelta(hours=2)):
        ship(approved, delivered=True)
    assert whereabouts(fetch(approved)) == "arrived"
    assert "ask the buyer to send them back" in page(client, approved)


def test_goods_that_had_left_before_are_under_way(cast: Cast) -> None:
    case = make_case(make_order(cast.a, shipped=now() - timedelta(hours=1)), cast.staff)
    case = perform("approve", case_id=case.pk, actor=person(cast.staff))
    assert whereabouts(fetch(case)) == "under_way"
