"""Reasons, which stay in clear for good, say nothing of who the buyer is."""

import pytest
from django.test import Client
from django.urls import reverse

from backoffice.actors import INSTALLER, person, system
from backoffice.audit.recording import recorded
from backoffice.exceptions import BadInput
from orders import erasing
from orders.models import Buyer, Erasure
from orders.nameless import require_nameless
from refunds.models import Payout, RefundCase
from refunds.payouts.queueing import redirect
from refunds.payouts.routes import Way
from refunds.workflow import perform
from tests.cast import Cast
from tests.refunds.factories import make_case, make_order

ACCOUNT = "6222 0202 0011 2233"


@pytest.fixture
def case(cast: Cast) -> RefundCase:
    return named(make_case(make_order(cast.a), cast.staff), "Jonas Lindqvist")


def named(case: RefundCase, name: str) -> RefundCase:
    with recorded(system(INSTALLER), "The channel says so."):
        case.order.buyer.name = name
        case.order.buyer.save()
    return case


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("Jonas Lindqvist", "As jonas  lindqvist wrote.", "jonas  lindqvist"),
        ("Jonas Lindqvist", "与Lindqvist通话。", "Lindqvist"),
        ("钱梦瑶", "已与钱梦瑶通话", "钱梦瑶"),
        ("Li Na", "Li Na called.", "Li Na"),
        ("", "Call 139 0000 1234.", "139 0000 1234"),
        ("", "电话13900001234，请回电", "13900001234"),
        ("", "Write to lin.mei@example.com.", "lin.mei@example.com"),
    ],
)
def test_what_says_who_the_buyer_is_is_refused_by_its_own_words(
    case: RefundCase, name: str, text: str, found: str
) -> None:
    buyer = named(case, name).order.buyer
    with pytest.raises(BadInput, match=f"“{found}” says who the buyer is"):
        require_nameless(text, buyer)


@pytest.mark.parametrize(
    "text",
    [
        "The buyer agreed by telephone.",
        "Jonathan from the warehouse looked at it.",
        "Li said no.",
        "Order 413900001234567 came twice.",
        "Ask @staff. Then decide.",
        "Half of 1390.00 is due.",
    ],
)
def test_what_does_not_is_let_through(case: RefundCase, text: str) -> None:
    require_nameless(text, case.order.buyer)
    require_nameless(text, named(case, "Li Na").order.buyer)
    require_nameless("The price is wrong.", named(case, "Ann Price").order.buyer)
    require_nameless(text, None)


def test_a_note_on_a_case_that_names_the_buyer_changes_nothing(
    client: Client, cast: Cast, case: RefundCase
) -> None:
    client.force_login(cast.staff)
    form = {"version": case.version, "note": "Jonas Lindqvist is right.", "amount": "50.00"}
    address = reverse("admin:refunds_refundcase_do", args=[case.pk, "reject"])
    response = client.post(address, form)
    assert RefundCase.objects.get(pk=case.pk).version == case.version
    for action in ("approve", "withdraw"):
        with pytest.raises(BadInput, match="says who the buyer is"):
            perform(
                action, case_id=case.pk, actor=person(cast.staff), note="Jonas Lindqvist is right."
            )
    assert RefundCase.objects.get(pk=case.pk).version == case.version
    assert response.status_code < 500
    perform("note", case_id=case.pk, actor=person(cast.staff), body="Jonas Lindqvist is right.")


def test_nor_does_one_on_a_payout_say_where_it_goes(cast: Cast, case: RefundCase) -> None:
    perform("approve", case_id=case.pk, actor=person(cast.manager))
    payout, way = Payout.objects.get(), Way("bank", ACCOUNT.replace(" ", ""), "王五", "BKCHCNBJ")
    for note in (f"Now to {ACCOUNT}.", "户名为王五"):
        with pytest.raises(BadInput, match="says who the buyer is"):
            redirect(payout_id=payout.pk, way=way, note=note, actor=person(cast.finance))
    redirect(payout_id=payout.pk, way=way, note="The buyer wrote it.", actor=person(cast.finance))
    with pytest.raises(BadInput, match="王五"):
        perform("message", case_id=case.pk, actor=person(cast.staff), body="Sent.", note="王五")


def test_an_erasing_is_not_asked_for_by_name(cast: Cast, case: RefundCase) -> None:
    with pytest.raises(BadInput, match="Lindqvist"):
        erasing.ask(
            order_id=case.order_id, actor=person(cast.platform), reason="Lindqvist wants it."
        )
    assert not Erasure.objects.exists()
    assert Buyer.objects.exists()
