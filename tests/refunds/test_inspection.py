"""Looking at what came back: counts that add up, money for what is accepted, stock for what is sound."""

from decimal import Decimal

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from backoffice.actors import TIMER, person, system
from backoffice.exceptions import BadInput, NotAllowed, WrongState
from orders.models import Stock
from refunds.exceptions import EvidenceMissing
from refunds.goods.pieces import Found
from refunds.intake import LineRequest
from refunds.models import CaseLine, Payout, RefundCase, RejectCode, State
from refunds.sweep import expire_deadlines
from refunds.workflow import perform
from tests.cast import Cast
from tests.refunds.factories import fetch, make_case, make_order, make_stock
from tests.refunds.goods import PARCEL, do, found, inspecting, make_return, on_hand

pytestmark = pytest.mark.once


def counts(case: RefundCase) -> list[tuple[int | None, ...]]:
    lines = CaseLine.objects.filter(case=case)
    return list(lines.values_list("accepted", "damaged", "missing"))


def approved(case: RefundCase) -> list[str]:
    """By line, then the freight, then in all."""
    case = fetch(case)
    parts = [line.amount_approved for line in case.lines.all()]
    return [str(part) for part in (*parts, case.freight_approved, case.amount_approved)]


def test_only_sound_pieces_are_paid_for_and_go_back_into_stock(cast: Cast) -> None:
    make_stock(cast.a, pieces=4)
    case = inspecting(cast, (3, "50.00"))
    do(cast, case, "accept_return", found=found(case, (1, 1, 1)), note="One is broken.")
    assert fetch(case).state == State.REVIEWED
    assert counts(case) == [(1, 1, 1)]
    assert case.lines.get().history.count() == 2  # asked for, and inspected: one version an act
    assert approved(case) == ["50.00", "0.00", "50.00"]
    assert Payout.objects.get(case=case).amount == Decimal("50.00")
    assert on_hand(cast) == 5
    version = Stock.objects.get(sku="SKU-1").history.latest()
    assert (version.history_user, version.action, version.history_change_reason) == (
        cast.staff,
        "accept_return",
        "One is broken.",
    )


def test_stock_that_nobody_has_counted_begins_with_the_first_return(cast: Cast) -> None:
    case = inspecting(cast, (2, "50.00"), (1, "20.00"))
    assert on_hand(cast) is None
    do(cast, case, "accept_return", found=found(case, (2, 0, 0), (0, 1, 0)))
    assert (on_hand(cast), on_hand(cast, "SKU-2")) == (2, None)


@pytest.mark.parametrize(("sound", "amount"), [(1, "3.33"), (2, "6.67"), (3, "10.00")])
def test_odd_cents_go_by_the_largest_remainder_and_never_get_lost(
    cast: Cast, sound: int, amount: str
) -> None:
    order = make_order(cast.a, (3, "3.34"))
    line = order.lines.get()
    case = make_case(
        order,
        cast.staff,
        kind="return_refund",
        lines=[LineRequest(line.pk, 3, Decimal("10.00"))],
    )
    do(cast, case, "approve")
    do(cast, case, "receive", **PARCEL)
    do(cast, case, "accept_return", found=found(case, (sound, 3 - sound, 0)))
    assert approved(case)[0] == amount


def test_the_freight_is_due_as_soon_as_one_piece_is_accepted(cast: Cast) -> None:
    case = inspecting(cast, (2, "50.00"), (1, "0.99"), freight=Decimal("10.00"))
    do(cast, case, "accept_return", found=found(case, (0, 0, 2), (1, 0, 0)))
    assert approved(case) == ["0.00", "0.99", "10.00", "10.99"]


def test_a_person_may_approve_more_or_less_than_the_sound_pieces(cast: Cast) -> None:
    more = inspecting(cast, (3, "10.00"), (1, "5.00"))
    do(
        cast,
        more,
        "accept_return",
        amount=Decimal("20.01"),
        found=found(more, (1, 2, 0), (0, 0, 1)),
    )
    assert approved(more) == [
        "18.01",
        "2.00",
        "0.00",
        "20.01",
    ]  # the rest in proportion to what is open
    less = inspecting(cast, (3, "10.00"), (1, "5.00"))
    do(cast, less, "accept_return", amount=Decimal("7.00"), found=found(less, (1, 2, 0), (0, 1, 0)))
    assert approved(less) == ["7.00", "0.00", "0.00", "7.00"]


@pytest.mark.parametrize("amount", ["0", "-1", "150.01", "0.001", "1e9"])
def test_an_impossible_amount_is_refused_and_nothing_is_restocked(cast: Cast, amount: str) -> None:
    case = inspecting(cast)
    with pytest.raises(BadInput):
        do(cast, case, "accept_return", amount=Decimal(amount))
    assert (fetch(case).state, counts(case), on_hand(cast)) == (
        State.INSPECTING,
        [(None, None, None)],
        None,
    )


@pytest.mark.parametrize(
    "row", [(4, 0, 0), (3, 1, 0), (2, 0, 0), (0, 0, 0), (-1, 4, 0), (5, -1, -1)]
)
def test_counts_that_do_not_add_up_are_refused(cast: Cast, row: tuple[int, int, int]) -> None:
    case = inspecting(cast)
    with pytest.raises(BadInput, match="do not add up to the 3"):
        do(cast, case, "accept_return", found=found(case, row))
    assert (fetch(case).state, counts(case), on_hand(cast)) == (
        State.INSPECTING,
        [(None, None, None)],
        None,
    )


def test_lines_are_named_once_each_and_never_those_of_another_case(cast: Cast) -> None:
    case, other = inspecting(cast), inspecting(cast)
    own, foreign = case.lines.get().pk, other.lines.get().pk
    for rows in (
        [Found(foreign, 3)],
        [Found(own, 3), Found(foreign, 3)],
        [Found(own, 3), Found(own, 3)],
        [],
    ):
        with pytest.raises(BadInput, match="for no other line"):
            do(cast, case, "accept_return", found=rows)
    assert counts(case) == counts(other) == [(None, None, None)]


def form(
    case: RefundCase, *rows: tuple[object, object, object], **more: object
) -> dict[str, object]:
    fields = {"version": fetch(case).version, **more}
    for line, row in zip(case.lines.all(), rows, strict=True):
        fields |= {
            f"{name}_{line.pk}": value
            for name, value in zip(("sound", "damaged", "missing"), row, strict=True)
        }
    return fields


def inspect(client: Client, case: RefundCase, fields: dict[str, object]) -> tuple[int, str]:
    url = reverse("admin:refunds_refundcase_do", args=[case.pk, "accept_return"])
    response = client.post(url, fields)
    return response.status_code, response.content.decode()


def test_the_dialog_counts_everything_as_sound_until_somebody_says_otherwise(
    client: Client, cast: Cast
) -> None:
    case = inspecting(cast)
    client.force_login(cast.staff)
    page = client.get(
        reverse("admin:refunds_refundcase_do", args=[case.pk, "accept_return"])
    ).content.decode()
    line = case.lines.get().pk
    assert f'name="sound_{line}" value="3"' in page
    assert f'name="damaged_{line}" value="0"' in page
    assert inspect(client, case, form(case, (2, 1, 0)))[0] == 302
    assert approved(case)[-1] == "100.00"
    text = client.get(reverse("admin:refunds_refundcase_change", args=[case.pk])).content.decode()
    assert "What came back" in text


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ((4, 0, 0), "less than or equal to 3"),
        ((-1, 4, 0), "greater than or equal to 0"),
        ((1, 1, 0), "do not add up"),
        (("x", 1, 0), "whole number"),
        (("", "", ""), "required"),
        (("1e3", 0, 0), "whole number"),
        ((10**30, 0, 0), "less than or equal"),
    ],
)
def test_a_forged_count_is_answered_with_a_sentence(
    client: Client, cast: Cast, row: tuple[object, object, object], says: str
) -> None:
    case = inspecting(cast)
    client.force_login(cast.staff)
    status, text = inspect(client, case, form(case, row))
    assert (status, says in text) == (400, True)
    assert counts(case) == [(None, None, None)]


def test_a_forged_line_is_refused(client: Client, cast: Cast) -> None:
    case, other = inspecting(cast), inspecting(cast)
    client.force_login(cast.staff)
    fields = form(case, (3, 0, 0)) | form(other, (3, 0, 0), version=fetch(case).version)
    status, text = inspect(client, case, fields)
    assert (status, "does not belong to this case" in text) == (400, True)
    assert (fetch(case).state, fetch(other).state) == (State.INSPECTING, State.INSPECTING)


def test_another_amount_than_the_sound_pieces_come_to_is_explained(
    client: Client, cast: Cast
) -> None:
    case = inspecting(cast)
    client.force_login(cast.staff)
    status, text = inspect(client, case, form(case, (2, 1, 0), amount="150.00"))
    assert (status, "Say why the buyer gets more or less" in text) == (400, True)
    fields = form(
        case, (2, 1, 0), amount="150.00", note="The damage is what the buyer complained of."
    )
    assert inspect(client, case, fields)[0] == 302
    assert approved(case)[-1] == "150.00"
    assert on_hand(cast) == 2


def test_where_nothing_is_accepted_the_return_is_rejected_with_a_code_and_its_evidence(
    cast: Cast,
) -> None:
    case = inspecting(cast)
    wrong, never = (RejectCode.objects.get(code=code) for code in ("R01", "R03"))
    nothing = found(case, (0, 2, 1))
    with pytest.raises(BadInput, match="choose the reject code"):
        do(cast, case, "accept_return", found=nothing)
    with pytest.raises(EvidenceMissing):
        do(cast, case, "accept_return", found=nothing, code=wrong)
    with pytest.raises(BadInput, match="Leave it empty"):
        do(cast, case, "accept_return", found=found(case, (3, 0, 0)), code=never)
    do(cast, case, "accept_return", found=nothing, code=never, note="Two stones and a letter.")
    case = fetch(case)
    assert (case.state, case.reject_code, counts(case)) == (State.REJECTED, never, [(0, 2, 1)])
    assert (on_hand(cast), Payout.objects.count()) == (None, 0)
    assert case.history.latest().history_change_reason == "Two stones and a letter."


def test_a_return_is_inspected_once(cast: Cast) -> None:
    case = inspecting(cast)
    do(cast, case, "accept_return")
    with pytest.raises(WrongState):
        do(cast, case, "accept_return")
    with pytest.raises(WrongState):
        do(cast, case, "inspect_later")
    assert (on_hand(cast), Payout.objects.count()) == (3, 1)


def test_the_timer_accepts_what_nobody_looked_at_and_restocks_nothing(cast: Cast) -> None:
    case = inspecting(cast)
    with time_machine.travel(case.due_at):
        assert expire_deadlines().decided == 1
    assert (fetch(case).state, counts(case), on_hand(cast)) == (
        State.REVIEWED,
        [(None, None, None)],
        None,
    )
    assert approved(case)[-1] == "150.00"

    do(cast, case, "inspect_later", found=found(case, (2, 1, 0)))
    assert (counts(case), on_hand(cast), approved(case)[-1]) == ([(2, 1, 0)], 2, "150.00")
    with pytest.raises(WrongState):
        do(cast, case, "inspect_later")
    assert (on_hand(cast), Payout.objects.count()) == (2, 1)


def test_a_return_that_never_arrives_is_accepted_ten_days_after_its_waybill(cast: Cast) -> None:
    case = make_return(cast)
    do(cast, case, "approve")
    do(cast, case, "send_back", **PARCEL)
    with time_machine.travel(fetch(case).due_at):
        assert expire_deadlines().decided == 1
    case = fetch(case)
    assert (case.state, case.return_arrived_at) == (State.REVIEWED, None)
    assert case.history.latest().action == "auto_accept"


def test_only_the_desk_inspects(cast: Cast) -> None:
    case = inspecting(cast)
    for actor in (person(cast.finance), person(cast.platform), person(cast.auditor), system(TIMER)):
        with pytest.raises(NotAllowed):
            perform("accept_return", case_id=case.pk, actor=actor)
