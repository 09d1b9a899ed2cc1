"""A return on its way: what the buyer is told, the waybill, the arrival, and who pays the freight."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from backoffice.actors import TIMER, person, system
from backoffice.audit.recording import recorded
from backoffice.clock import now
from backoffice.exceptions import BadInput, NotAllowed, WrongState
from refunds.goods import approval
from refunds.goods.approval import NoReturnAddress
from refunds.models import Bearer, Kind, Message, RefundCase, RejectCode, State
from refunds.sweep import expire_deadlines
from refunds.workflow import perform
from tests.cast import Cast
from tests.personal import plain
from tests.refunds.factories import fetch, make_case, make_order, make_stock
from tests.refunds.goods import PARCEL, do, found, inspecting, make_return, on_hand

pytestmark = pytest.mark.once  # the desk of test_action_matrix.py is made on both


def act(client: Client, case: RefundCase, action: str, **fields: object) -> object:
    """POST of the action's dialog, of the version that the case has now."""
    url = reverse("admin:refunds_refundcase_do", args=[case.pk, action])
    return client.post(url, {"version": fetch(case).version, **fields})


def change_store(cast: Cast, **fields: str) -> None:
    with recorded(person(cast.platform), "The warehouse moved."):
        for name, value in fields.items():
            setattr(cast.a, name, value)
        cast.a.save()


def test_the_buyer_is_told_the_address_and_it_stays_what_they_were_told(cast: Cast) -> None:
    change_store(cast, return_instructions="Put the order number into the box.")
    case = make_return(cast)
    do(cast, case, "approve")
    change_store(cast, return_address="Elsewhere 9")

    told = approval.told(fetch(case))
    assert told is not None
    assert plain(told.body) == (
        "Store A, Returns, 1 Harbour Road\n\nPut the order number into the box."
    )
    version = told.history.get()
    assert (version.history_user, version.action) == (cast.staff, "tell_address")
    assert "told where to send the goods" in version.history_change_reason


def test_without_an_address_a_return_is_refused_until_somebody_writes_one(
    client: Client, cast: Cast
) -> None:
    change_store(cast, return_address="")
    case = make_return(cast)
    with pytest.raises(NoReturnAddress, match="cannot be told where to send the goods"):
        do(cast, case, "approve")
    assert fetch(case).state == State.REQUESTED
    assert not Message.objects.exists()

    client.force_login(cast.staff)
    assert act(client, case, "approve").status_code == 400  # the dialog asks for it
    assert act(client, case, "approve", return_address="Hall 3, 8 Dock Street").status_code == 302
    assert fetch(case).state == State.AWAITING_RETURN
    assert plain(approval.told(case).body).startswith("Hall 3, 8 Dock Street")


def test_without_an_address_the_timer_leaves_the_return_to_a_person(cast: Cast) -> None:
    change_store(cast, return_address=" ")
    case = make_return(cast)
    with time_machine.travel(case.due_at):
        assert expire_deadlines().held == 1
    assert fetch(case).state == State.REQUESTED
    assert "no return address" in fetch(case).held_because


def test_the_dialog_of_a_return_asks_for_no_amount(client: Client, cast: Cast) -> None:
    case = make_return(cast)
    client.force_login(cast.staff)
    text = client.get(
        reverse("admin:refunds_refundcase_do", args=[case.pk, "approve"])
    ).content.decode()
    assert "Amount to approve" not in text


def test_the_waybill_and_the_arrival_are_two_facts(cast: Cast) -> None:
    case = make_return(cast)
    with time_machine.travel(now(), tick=False) as clock:
        do(cast, case, "approve")
        sent = now() + timedelta(days=2)
        clock.move_to(sent)
        do(cast, case, "send_back", **PARCEL)
        case = fetch(case)
        assert (case.state, case.return_sent_at, case.return_arrived_at) == (
            State.INSPECTING,
            sent,
            None,
        )
        assert case.due_at == sent + timedelta(hours=case.policy.inspect_from_waybill_hours)
        arrived = sent + timedelta(days=3)
        clock.move_to(arrived)
        do(cast, case, "receive")
    case = fetch(case)
    assert (case.return_sent_at, case.return_arrived_at) == (sent, arrived)
    assert (case.return_carrier, plain(case.return_tracking)) == ("SF", "SF1")
    assert case.due_at == arrived + timedelta(hours=case.policy.inspect_hours)


def test_a_late_arrival_gives_no_time_beyond_ten_days_from_the_waybill(cast: Cast) -> None:
    case = make_return(cast)
    with time_machine.travel(now(), tick=False) as clock:
        do(cast, case, "approve")
        do(cast, case, "send_back", **PARCEL)
        sent = now()
        clock.move_to(sent + timedelta(days=9))
        do(cast, case, "receive")
        assert fetch(case).due_at == sent + timedelta(days=10)


def test_a_reopened_return_is_looked_at_anew(cast: Cast) -> None:
    """What was found in the first parcel says nothing about the second, which nobody has seen."""
    make_stock(cast.a, pieces=1)
    case = inspecting(cast, (2, "50.00"))
    code = RejectCode.objects.get(code="R03")
    do(cast, case, "accept_return", found=found(case, (0, 0, 2)), code=code, note="Empty.")
    actor = person(cast.supervisor)
    perform("reopen", case_id=case.pk, actor=actor, note="They send it again.")
    do(cast, case, "approve")
    do(cast, case, "receive", **PARCEL)
    assert [line.accepted for line in case.lines.all()] == [None]
    with time_machine.travel(fetch(case).due_at):
        expire_deadlines()
    assert fetch(case).state == State.REVIEWED
    do(cast, case, "inspect_later", found=found(case, (2, 0, 0)))
    assert on_hand(cast) == 3


def test_a_parcel_arrives_once(cast: Cast) -> None:
    case = make_return(cast)
    do(cast, case, "approve")
    do(cast, case, "receive", **PARCEL)
    for action in ("receive", "send_back"):
        with pytest.raises(WrongState):
            do(cast, case, action, **PARCEL)
    assert fetch(case).history.filter(action="receive").count() == 1


def test_an_arrival_is_neither_in_the_future_nor_before_it_was_sent(cast: Cast) -> None:
    case = make_return(cast)
    do(cast, case, "approve")
    with pytest.raises(BadInput, match="carrier and the waybill"):
        do(cast, case, "receive")
    with pytest.raises(BadInput, match="between the request and now"):
        do(cast, case, "receive", arrived_at=now() + timedelta(hours=1), **PARCEL)
    with time_machine.travel(now() + timedelta(days=1)):
        do(cast, case, "send_back", **PARCEL)
        with pytest.raises(BadInput, match="before it was sent"):
            do(cast, case, "receive", arrived_at=fetch(case).return_sent_at - timedelta(hours=1))
    assert fetch(case).return_arrived_at is None


def test_a_parcel_for_a_lapsed_case_is_refused_and_the_page_says_what_to_do(
    client: Client, cast: Cast
) -> None:
    case = make_return(cast)
    do(cast, case, "approve")
    with time_machine.travel(fetch(case).due_at):
        assert expire_deadlines().decided == 1
    with pytest.raises(WrongState):
        do(cast, case, "receive", **PARCEL)
    client.force_login(cast.staff)
    page = client.get(reverse("admin:refunds_refundcase_change", args=[case.pk]))
    assert "If a parcel comes all the same, reopen the case" in page.content.decode()


def test_the_reason_names_who_pays_the_freight_and_a_person_may_change_it(
    client: Client, cast: Cast
) -> None:
    case = make_return(cast)
    faulty = make_return(cast, reason_code="Q01")
    assert (case.freight_payer, faulty.freight_payer) == (Bearer.BUYER, Bearer.STORE)
    client.force_login(cast.staff)
    assert act(client, case, "freight_payer", payer="store").status_code == 400  # no reason given
    assert act(client, case, "freight_payer", payer="reason", note="x").status_code == 400
    assert act(client, case, "freight_payer", payer="store", note="A regular.").status_code == 302
    version = fetch(case).history.latest()
    assert (version.freight_payer, version.history_change_reason) == ("store", "A regular.")
    with pytest.raises(BadInput, match="already"):
        do(cast, case, "freight_payer", payer="store")
    with pytest.raises(BadInput):
        do(cast, case, "freight_payer", payer="the moon")
    with pytest.raises(NotAllowed):
        perform("freight_payer", case_id=case.pk, actor=person(cast.finance), payer="buyer")


def test_the_freight_of_what_does_not_come_back_is_nobodys(cast: Cast) -> None:
    case = make_case(make_order(cast.a), cast.staff, kind=Kind.REFUND_ONLY)
    with pytest.raises(WrongState):
        do(cast, case, "freight_payer", payer="store")


def test_nobody_but_the_desk_notes_parcels(cast: Cast) -> None:
    case = make_return(cast)
    do(cast, case, "approve")
    for actor in (person(cast.finance), person(cast.platform), system(TIMER)):
        with pytest.raises(NotAllowed):
            perform("receive", case_id=case.pk, actor=actor, **PARCEL)
